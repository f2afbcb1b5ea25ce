# SPDX-License-Identifier: Apache-2.0
# The only ways to add code: countersign_library, countersign_test, countersign_script_test,
# countersign_fuzzer.
# The tidy test reads the DEPENDS of every countersign_library and compares them with docs/architecture.md.

function(countersign_target_options target)
  target_compile_options(${target} PRIVATE -Wall -Wextra -Wpedantic -Wshadow -Wconversion -Wno-sign-conversion
                                           -Wnon-virtual-dtor -Woverloaded-virtual)
  if(CMAKE_CXX_COMPILER_ID STREQUAL "GNU")
    # GCC 12 sees an overlap in std::string's own operator+ (GCC bug 105651).
    target_compile_options(${target} PRIVATE -Wno-restrict)
  endif()
  if(COUNTERSIGN_WERROR)
    target_compile_options(${target} PRIVATE -Werror)
  endif()
  if(CMAKE_CXX_COMPILER_ID STREQUAL Clang)
    # libstdc++ 12's own, inside std::stable_sort.
    target_compile_options(${target} PRIVATE -Wno-deprecated-declarations)
  endif()
  if(COUNTERSIGN_SANITIZE)
    target_compile_options(${target} PRIVATE -fsanitize=${COUNTERSIGN_SANITIZE} -fno-omit-frame-pointer
                                             -fno-sanitize-recover=all)
    target_link_options(${target} PRIVATE -fsanitize=${COUNTERSIGN_SANITIZE})
    if(COUNTERSIGN_SANITIZE STREQUAL thread AND CMAKE_CXX_COMPILER_ID STREQUAL GNU)
      target_compile_options(${target} PRIVATE -Wno-tsan)  # Boost.Asio's fences, beside its mutexes
    endif()
  endif()
  if(COUNTERSIGN_FUZZ)
    target_compile_options(${target} PRIVATE -fsanitize=fuzzer-no-link)
  endif()
endfunction()

# countersign_library(<name> SOURCES <file>… [DEPENDS <countersign library>…] [THIRD_PARTY <target>…]
#                     [THIRD_PARTY_PUBLIC <target>…])
# Third-party libraries are PRIVATE: their headers may appear in .cc files only.
function(countersign_library name)
  cmake_parse_arguments(ARG "" "" "SOURCES;DEPENDS;THIRD_PARTY;THIRD_PARTY_PUBLIC" ${ARGN})
  add_library(${name} STATIC ${ARG_SOURCES})
  target_include_directories(${name} PUBLIC ${PROJECT_SOURCE_DIR})
  target_link_libraries(${name} PUBLIC ${ARG_DEPENDS} ${ARG_THIRD_PARTY_PUBLIC} PRIVATE ${ARG_THIRD_PARTY})
  countersign_target_options(${name})
endfunction()

# countersign_test(<name> SUITE <suite> [THREADS|BYTES] SOURCES <file>… DEPENDS <library>… [THIRD_PARTY <target>…])
# One Google Test program; each of its tests becomes a ctest test labelled with the suite. The targets
# `countersign_<suite>_tests` build all of a suite. THREADS: its threads meet, so that the suite `tsan` runs it too. BYTES:
# it reads bytes from outside, so that `asan` runs it too.
function(countersign_test name)
  cmake_parse_arguments(ARG "THREADS;BYTES" "SUITE;TIMEOUT" "SOURCES;DEPENDS;THIRD_PARTY" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 300)
  endif()
  add_executable(${name} ${ARG_SOURCES})
  target_link_libraries(${name} PRIVATE ${ARG_DEPENDS} ${ARG_THIRD_PARTY} GTest::gmock GTest::gtest GTest::gtest_main)
  countersign_target_options(${name})
  target_compile_definitions(${name} PRIVATE COUNTERSIGN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  # One label: lists do not survive gtest_discover_tests.
  set(label ${ARG_SUITE})
  if(ARG_THREADS)
    set(label ${ARG_SUITE}-threads)
  elseif(ARG_BYTES)
    set(label ${ARG_SUITE}-bytes)
  endif()
  foreach(group ${ARG_SUITE} ${label})
    if(NOT TARGET countersign_${group}_tests)
      add_custom_target(countersign_${group}_tests)
    endif()
    add_dependencies(countersign_${group}_tests ${name})
  endforeach()
  gtest_discover_tests(${name} DISCOVERY_MODE PRE_TEST PROPERTIES LABELS ${label} TIMEOUT ${ARG_TIMEOUT})
endfunction()

# countersign_script_test(<name> SUITE <suite> COMMAND <command>… [TIMEOUT seconds])
# A test program in another language. Exit 0 passed, 77 skipped (says which part is missing), else failed.
function(countersign_script_test name)
  cmake_parse_arguments(ARG "" "SUITE;TIMEOUT" "COMMAND" ${ARGN})
  if(NOT ARG_TIMEOUT)
    set(ARG_TIMEOUT 600)
  endif()
  add_test(NAME ${name} COMMAND ${ARG_COMMAND} WORKING_DIRECTORY ${PROJECT_SOURCE_DIR})
  set_tests_properties(${name} PROPERTIES LABELS ${ARG_SUITE} TIMEOUT ${ARG_TIMEOUT} SKIP_RETURN_CODE 77
                       ENVIRONMENT "COUNTERSIGN=${PROJECT_BINARY_DIR}/countersign;COUNTERSIGN_BUILD_DIR=${PROJECT_BINARY_DIR}")
endfunction()

# countersign_fuzzer(<name> DEPENDS <library>… [THIRD_PARTY <target>…])
# A libFuzzer program from <name>.cc, run from the seeds that tests/fuzz/seeds.py gives it. Part of the suite `fuzz`.
function(countersign_fuzzer name)
  cmake_parse_arguments(ARG "" "" "DEPENDS;THIRD_PARTY" ${ARGN})
  add_executable(fuzz_${name} entry.cc ${name}.cc)
  target_link_libraries(fuzz_${name} PRIVATE ${ARG_DEPENDS} ${ARG_THIRD_PARTY})
  target_link_options(fuzz_${name} PRIVATE -fsanitize=fuzzer)
  target_compile_definitions(fuzz_${name} PRIVATE COUNTERSIGN_SOURCE_DIR="${PROJECT_SOURCE_DIR}")
  countersign_target_options(fuzz_${name})
  if(NOT TARGET countersign_fuzz_tests)
    add_custom_target(countersign_fuzz_tests)
  endif()
  add_dependencies(countersign_fuzz_tests fuzz_${name})
  countersign_script_test(fuzz_${name} SUITE fuzz TIMEOUT 7200
    COMMAND /usr/bin/python3 ${CMAKE_CURRENT_SOURCE_DIR}/run_fuzzer.py ${name} $<TARGET_FILE:fuzz_${name}>)
endfunction()

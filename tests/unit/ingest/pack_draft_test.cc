// SPDX-License-Identifier: Apache-2.0
#include "ingest/pack_draft.h"

#include <gtest/gtest.h>

#include <string>

#include "core/message.h"
#include "ingest/pack_loader.h"
#include "ingest/pack_tests.h"

namespace countersign {
namespace {

TEST(PackDraft, WhateverTheMessageIsItsDraftLoads) {
  using std::string_literals::operator""s;
  for (const std::string& message : {""s,
                                     " "s,
                                     "\b"s,
                                     "\0"s,
                                     "\0\0\0\0word"s,
                                     std::string(300, '\0'),
                                     "word " + std::string(150, '\xFF'),
                                     "\xFF\xFE"s,
                                     "{}"s,
                                     "{\"\":\"\"}"s,
                                     "{\"a b\":[1,{\"c\":null}]}"s,
                                     "a=1 b=2 c=3"s,
                                     "=1 =2 =3 =4"s,
                                     "CEF:0||||||"s,
                                     "CEF:0|a|b|c|d|e|f|\\=x=\"'"s,
                                     "(?P<a>[] \\ * 10.0.0.1 77"s,
                                     "<13>Jan  2 03:04:05 host prog[1]: word word 10.0.0.1 port 22"s,
                                     "\0a=1 b=2 c=3 d=4"s,
                                     std::string(300, 'w'),
                                     std::string(300, 'n') + "=1 b=2 c=3 d=4",
                                     "- : # & * ! | > ' \" % @ `"s}) {
    const std::string padded = message + std::string(kMessagePaddingBytes, '\0');
    const PackLoad load =
        load_pack_texts({{"draft.yml", draft_pack(std::string_view(padded).substr(0, message.size()))}});
    EXPECT_EQ(load.refused, 0U) << message;
    for (const Diagnostic& finding : load.findings) ADD_FAILURE() << message << ": " << finding.message;
    EXPECT_EQ(load.tests.size(), message.empty() ? 0U : 1U) << message;
  }
}

}  // namespace
}  // namespace countersign

// SPDX-License-Identifier: Apache-2.0
#include "review-api/guard.h"

#include <boost/system/system_error.hpp>
#include <exception>

namespace countersign {

void guarded(const std::function<void()>& work, const std::function<void(std::string)>& failed) {
  try {
    work();
  } catch (const boost::system::system_error& error) {  // Boost.JSON and Asio
    failed(error.code().message() + ": " + error.what());
  } catch (const std::exception& error) {
    failed(error.what());
  }
}

}  // namespace countersign

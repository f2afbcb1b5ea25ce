// SPDX-License-Identifier: Apache-2.0
// Structured logs on stderr: a line of text, or of JSON with `time`, `level`, `message` and the fields. Any
// thread.
#pragma once

#include <string>

#include "core/log.h"

namespace countersign {

/// `level`: debug, info, warn or error; `format`: text or json.
LogSink make_log(const std::string& level, const std::string& format);

}  // namespace countersign

// SPDX-License-Identifier: Apache-2.0
// A file, a pipe or standard input as a Source of one partition (semantics.md §2, contract.md §3). Plain,
// gzip and zstd. One thread drives it; it owns its descriptor and reads with bounded memory.
//
// A regular file resumes at the stored position. When another file stands at the path, the partition begins a
// new incarnation at offset 0 with a warning; when the same file is shorter than what was read of it, start()
// fails with Conflict. Messages before the position are read back for their keys when that is asked for
// (file_read_back.h), those of an earlier incarnation never. Standard input and pipes cannot resume: each
// start is a new incarnation.
//
// A file that is followed need not be there yet, and is never at its end. Lines count once they are ended.
// When it is renamed and another one comes to stand at its path, the old one is read to its end, also after a
// restart when it still lies in the same folder; the next file is a new incarnation. So is a file that was
// cut or written anew, with a warning: what stood in it and was not read is lost.
#pragma once

#include <memory>
#include <string>

#include "core/clock.h"
#include "core/result.h"
#include "ingest/batch_writer.h"
#include "ingest/framing.h"
#include "ingest/message_reader.h"
#include "ingest/source.h"

namespace countersign {

struct FileSourceOptions {
  SourceName name;   // empty: the topic
  std::string path;  // `-` is standard input
  Framing framing = Framing::Auto;
  bool follow = false;  // plain files only
  KeptBytes kept;
  BatchLimits limits;
};

/// `file:` and the path, normalised lexically (relative stays relative); `stdin` for `-`.
TopicName file_topic(const std::string& path);

/// Opens nothing yet: start() does. `clock` must outlive the source and stamps append_time. Errors:
/// InvalidArgument (no path; follow with standard input). With follow, next() gives Unsupported for a
/// compressed file.
Result<std::unique_ptr<Source>> open_file_source(const FileSourceOptions& options, const Clock& clock);

}  // namespace countersign

// SPDX-License-Identifier: Apache-2.0
// The speaker's log: one line an entry, for people or as JSON.
#pragma once

#include <spdlog/logger.h>

#include <memory>
#include <ostream>
#include <string>

#include "dataplane/result.h"

namespace isat {

// `level` is debug, info, warn or error; `format` is text ("2026-01-31T12:00:00.000Z info attached
// …") or json ({"time": …, "level": …, "message": …}). `out` outlives the logger, and every entry
// is flushed at once: the last lines before a crash are the ones somebody needs. Any thread may
// log.
[[nodiscard]] Result<std::shared_ptr<spdlog::logger>> make_logger(std::ostream& out,
                                                                  const std::string& level,
                                                                  const std::string& format);

}  // namespace isat

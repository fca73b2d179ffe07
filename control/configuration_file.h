// SPDX-License-Identifier: Apache-2.0
// The configuration file, watched: each valid change is handed on, each invalid one refused.
#pragma once

#include <asio/io_context.hpp>
#include <functional>
#include <memory>
#include <string>

#include "control/configuration.h"
#include "control/directory_watch.h"
#include "dataplane/result.h"

namespace isat {

// Watches the file's directory, not the file: editors rename over it, and a ConfigMap is a chain of
// links of which one, `..data`, is replaced. A link that leads out of the directory is followed
// when reading, but a change behind it is only seen on reload().
class ConfigurationFile {
 public:
  struct Listener {
    // Valid, and other than the last valid one; or the same again after a refusal.
    std::function<void(const Configuration&)> accepted;
    // The file cannot be read, is not valid, or cannot be watched; the last valid one stands. The
    // same refusal is told once.
    std::function<void(const Error&)> refused;
  };

  // Fails as load_configuration() does. `loop` outlives the file.
  [[nodiscard]] static Result<std::unique_ptr<ConfigurationFile>> open(asio::io_context& loop,
                                                                       std::string path);

  // The last valid one.
  [[nodiscard]] const Configuration& configuration() const { return configuration_; }

  // Calls come on the loop's thread, never from inside start() or stop(); none after stop(). A
  // change since open() is told, too.
  void start(Listener listener);
  void stop() { directory_.stop(); }

  // Reads the file now, for SIGHUP: calls the listener before it returns, also for a refusal told
  // before. Only between start() and stop().
  void reload();

 private:
  ConfigurationFile(asio::io_context& loop, std::string path, Configuration configuration);

  void load();
  void refuse(const Error& error);

  std::string path_;
  Configuration configuration_;
  Listener listener_;
  bool refused_ = false;      // the file is not what configuration_ says
  std::string last_refusal_;  // as told
  DirectoryWatch directory_;
};

}  // namespace isat

// SPDX-License-Identifier: Apache-2.0
// The configuration file, watched.
#include "control/configuration_file.h"

#include <filesystem>
#include <utility>

namespace isat {
namespace {

std::string directory_of(const std::string& path) {
  const auto directory = std::filesystem::path(path).parent_path();
  return directory.empty() ? "." : directory.string();
}

}  // namespace

Result<std::unique_ptr<ConfigurationFile>> ConfigurationFile::open(asio::io_context& loop,
                                                                   std::string path) {
  auto configuration = load_configuration(path);
  if (!configuration) return tl::unexpected(configuration.error());
  return std::unique_ptr<ConfigurationFile>(
      new ConfigurationFile(loop, std::move(path), std::move(*configuration)));
}

ConfigurationFile::ConfigurationFile(asio::io_context& loop, std::string path,
                                     Configuration configuration)
    : path_(std::move(path)),
      configuration_(std::move(configuration)),
      directory_(loop, directory_of(path_)) {}

void ConfigurationFile::start(Listener listener) {
  listener_ = std::move(listener);
  directory_.start({[this] { load(); }, [this](const Error& error) { refuse(error); }});
}

void ConfigurationFile::reload() {
  directory_.renew();
  last_refusal_.clear();
  load();
}

void ConfigurationFile::load() {
  auto loaded = load_configuration(path_);
  if (!loaded) return refuse(loaded.error());
  last_refusal_.clear();
  const bool same = *loaded == configuration_;
  if (!std::exchange(refused_, false) && same) return;
  configuration_ = std::move(*loaded);
  listener_.accepted(configuration_);
}

void ConfigurationFile::refuse(const Error& error) {
  refused_ = true;
  if (error.message == std::exchange(last_refusal_, error.message)) return;
  listener_.refused(error);
}

}  // namespace isat

// SPDX-License-Identifier: Apache-2.0
// Finds, makes and locks the directory of our pins.
#include "dataplane/pin_directory.h"

#include <fcntl.h>
#include <linux/magic.h>
#include <sys/file.h>
#include <sys/stat.h>
#include <sys/vfs.h>
#include <unistd.h>

#include <algorithm>
#include <filesystem>

namespace isat {
namespace {

namespace fs = std::filesystem;

Result<void> require_bpffs(const std::string& path) {
  struct statfs info {};
  if (::statfs(path.c_str(), &info) != 0) return fail_errno("look at", path);
  // statfs's field is signed and as wide as the machine's word; the magic number is 32 bits.
  if (static_cast<std::uint32_t>(info.f_type) == static_cast<std::uint32_t>(BPF_FS_MAGIC))
    return {};
  return fail("pin in " + path + ": not a BPF file system; mount -t bpf bpf /sys/fs/bpf", EINVAL);
}

// Everybody may make directories in a bpffs, and whoever owns one may take our pins away.
Result<void> require_own(const FileDescriptor& directory, const std::string& path) {
  struct stat info {};
  if (::fstat(directory.get(), &info) != 0) return fail_errno("look at", path);
  if (info.st_uid != ::geteuid()) {
    return fail("pin in " + path + ": it belongs to user " + std::to_string(info.st_uid) +
                    "; remove it, or choose another `pin`",
                EPERM);
  }
  // What others could write into it may be in there already, and would be adopted as ours: to
  // tighten the mode now would be to trust it.
  if ((info.st_mode & (S_IWGRP | S_IWOTH)) != 0) {
    return fail("pin in " + path +
                    ": others may write there, so what is in it need not be ours; remove it, or "
                    "choose another `pin`",
                EPERM);
  }
  // Readers left nothing behind: a directory that somebody made with mkdir alone becomes as tight
  // as our own.
  if ((info.st_mode & (S_IRWXG | S_IRWXO)) != 0 && ::fchmod(directory.get(), 0700) != 0)
    return fail_errno("set the mode of pin directory", path);
  return {};
}

}  // namespace

Result<PinDirectory> PinDirectory::lock(const std::string& path) {
  const std::string parent = fs::path(path).parent_path();
  const bool made = ::mkdir(path.c_str(), 0700) == 0;
  if (!made && errno != EEXIST) {
    const int code = errno;
    // Elsewhere than in a bpffs the parent explains more than mkdir does.
    if (auto found = require_bpffs(parent); !found) return tl::unexpected(found.error());
    if (code == EPERM && fs::path(path).filename().string().find('.') != std::string::npos) {
      return fail("make pin directory " + path + ": a BPF file system takes no dot in a name",
                  code);
    }
    return fail_errno("make pin directory", path, code);
  }
  if (auto found = require_bpffs(path); !found) {
    if (made) ::rmdir(path.c_str());
    return tl::unexpected(found.error());
  }
  FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  if (!directory.valid()) return fail_errno("open pin directory", path);
  if (auto trusted = require_own(directory, path); !trusted) return tl::unexpected(trusted.error());
  if (::flock(directory.get(), LOCK_EX | LOCK_NB) != 0) {
    if (errno == EWOULDBLOCK) {
      return fail("lock " + path +
                      ": another isat speaker runs on these pins; stop it, or choose "
                      "another `pin`",
                  EWOULDBLOCK);
    }
    return fail_errno("lock", path);
  }
  return PinDirectory(path, std::move(directory));
}

bool PinDirectory::is_locked(const std::string& path) {
  const FileDescriptor directory(::open(path.c_str(), O_RDONLY | O_DIRECTORY | O_CLOEXEC));
  return directory.valid() && ::flock(directory.get(), LOCK_SH | LOCK_NB) != 0 &&
         errno == EWOULDBLOCK;
}

std::vector<std::string> PinDirectory::names(const std::string& prefix) const {
  std::vector<std::string> found;
  std::error_code ignored;  // a directory that went away holds no names
  for (const auto& entry : fs::directory_iterator(path_, ignored)) {
    auto name = entry.path().filename().string();
    if (name.starts_with(prefix)) found.push_back(std::move(name));
  }
  std::sort(found.begin(), found.end());
  return found;
}

std::vector<std::string> PinDirectory::hooks() const {
  std::vector<std::string> found;
  for (const std::string prefix : {"xdp_", "tcx_", "tc_"}) {
    for (auto& name : names(prefix)) {
      const bool numbered =
          name.size() > prefix.size() && name.size() <= prefix.size() + 9 &&
          name.find_first_not_of("0123456789", prefix.size()) == std::string::npos;
      if (numbered) found.push_back(std::move(name));
    }
  }
  return found;
}

Result<void> PinDirectory::remove(const std::string& name) const {
  std::error_code error;
  fs::remove_all(path(name), error);
  if (error) return fail_errno("remove pin", path(name), error.value());
  return {};
}

}  // namespace isat

// SPDX-License-Identifier: Apache-2.0
// A small regular file, read whole.
#include "control/text_file.h"

#include <fcntl.h>
#include <sys/stat.h>
#include <unistd.h>

#include <array>
#include <cerrno>
#include <system_error>

#include "dataplane/file_descriptor.h"

namespace isat {

Result<std::string> read_text_file(const std::string& path, std::size_t most) {
  const auto cannot_read = [&](int code) {
    return fail(path + ": cannot read: " + std::system_category().message(code), code);
  };
  // Non-blocking: opening a pipe nobody writes to would otherwise hang before it can be refused.
  const FileDescriptor file(::open(path.c_str(), O_RDONLY | O_CLOEXEC | O_NONBLOCK));
  if (!file.valid()) return cannot_read(errno);
  struct stat status {};
  if (::fstat(file.get(), &status) != 0) return cannot_read(errno);
  if (S_ISDIR(status.st_mode)) return cannot_read(EISDIR);
  if (!S_ISREG(status.st_mode)) return fail(path + ": cannot read: not a regular file", EINVAL);

  std::string text;
  std::array<char, 65'536> block;
  for (;;) {
    const auto size = ::read(file.get(), block.data(), block.size());
    if (size < 0 && errno == EINTR) continue;
    if (size < 0) return cannot_read(errno);
    if (size == 0) return text;
    text.append(block.data(), static_cast<std::size_t>(size));
    if (text.size() > most) {
      return fail(path + ": cannot read: larger than " + std::to_string(most) + " bytes", EFBIG);
    }
  }
}

}  // namespace isat

// SPDX-License-Identifier: Apache-2.0
// Result<T>: a value, or an Error that says operation, object and cause in one line.
#pragma once

#include <cerrno>
#include <string>
#include <string_view>
#include <system_error>
#include <tl/expected.hpp>
#include <utility>

namespace isat {

struct Error {
  std::string message;
  int code = 0;  // errno of the cause; 0 = not a system error
};

// std::expected is C++23; this is its back-port, to be replaced by it without changing a caller.
template <typename T>
using Result = tl::expected<T, Error>;

[[nodiscard]] inline tl::unexpected<Error> fail(std::string message, int code = 0) {
  return tl::unexpected<Error>(Error{std::move(message), code});
}

// "operation object: cause". `code` is a positive errno.
[[nodiscard]] inline tl::unexpected<Error> fail_errno(std::string_view operation,
                                                      std::string_view object, int code = errno) {
  return fail(std::string(operation) + " " + std::string(object) + ": " +
                  std::system_category().message(code),
              code);
}

}  // namespace isat

// SPDX-License-Identifier: Apache-2.0
// What a client needs to trust a server and to be recognised by it.
#pragma once

#include <string>

namespace isat {

// A certificate or a key in PEM form: in a file, read anew for every connection, or inline. Both
// empty = absent.
struct Pem {
  std::string file;  // an absolute path
  std::string text;

  [[nodiscard]] bool empty() const { return file.empty() && text.empty(); }
  bool operator==(const Pem&) const = default;
};

struct TlsMaterial {
  Pem authority;  // absent = the system's authorities; present = these and no others
  Pem certificate;
  Pem key;
  std::string server_name;  // the name to verify the server by; empty = the host of the URL
  bool insecure = false;    // the server is not verified at all

  bool operator==(const TlsMaterial&) const = default;
};

}  // namespace isat

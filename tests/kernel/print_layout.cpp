// SPDX-License-Identifier: Apache-2.0
// The fingerprint of the layout this program was built with; built twice, once with another layout.
#include <iostream>

#include "dataplane/responder_maps.h"

int main() {
  const auto layout = isat::ResponderMaps::layout(16);
  if (!layout) {
    std::cerr << layout.error().message << "\n";
    return 1;
  }
  std::cout << *layout << "\n";
}

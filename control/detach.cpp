// SPDX-License-Identifier: Apache-2.0
// `isat detach`.
#include "control/detach.h"

#include "control/configuration.h"
#include "dataplane/detachment.h"

namespace isat {

int detach(const Environment& environment, const std::string& pin) {
  const auto done = detach_everything(pin);
  if (!done) {
    environment.err << done.error().message << "\n";
    return kFailure;
  }
  for (const auto& name : done->detached) environment.out << "detached " << name << "\n";
  for (const auto& name : done->left) {
    environment.err << "warning: left " << pin << "/" << name << ": not isat's\n";
  }
  environment.out << "nothing of isat is left in " << pin << "\n";
  return kSuccess;
}

int detach_configured(const Environment& environment, const std::string& configuration) {
  const auto read = load_configuration(configuration);
  if (!read) {
    environment.err << read.error().message << "\n";
    return kFailure;
  }
  return detach(environment, read->pin);
}

}  // namespace isat

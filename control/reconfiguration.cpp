// SPDX-License-Identifier: Apache-2.0
// What a new configuration changes in a running speaker.
#include "control/reconfiguration.h"

namespace isat {
namespace {

template <typename T>
void keep(const char* name, T Configuration::*field, const Configuration& running,
          Reconfiguration& result) {
  if (running.*field == result.effective.*field) return;
  result.effective.*field = running.*field;
  result.needs_restart.emplace_back(name);
}

}  // namespace

Reconfiguration reconfigure(const Configuration& running, const Configuration& next) {
  Reconfiguration result{next, {}};
  // A file that names another source has no addresses of its own to say.
  if (next.source != running.source) result.effective.addresses = running.addresses;
  keep("source", &Configuration::source, running, result);
  keep("attach", &Configuration::attach, running, result);  // attaching anew would leave a gap
  keep("pin", &Configuration::pin, running, result);
  keep("capacity", &Configuration::capacity, running, result);
  keep("mode", &Configuration::mode, running, result);  // constants of the loaded program
  keep("after_deadline", &Configuration::after_deadline, running, result);
  keep("metrics.listen", &Configuration::metrics_listen, running, result);
  keep("log.format", &Configuration::log_format, running, result);
  keep("kubernetes", &Configuration::kubernetes, running, result);
  return result;
}

}  // namespace isat

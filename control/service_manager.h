// SPDX-License-Identifier: Apache-2.0
// Tells the service manager that started us (systemd, by sd_notify) that we run, and still run.
#pragma once

#include <spdlog/logger.h>

#include <asio/io_context.hpp>

#include "control/one_shot_timer.h"

namespace isat {

// Without a service manager, or one that keeps no watchdog, each of this does nothing.
class ServiceManager {
 public:
  // Both outlive it.
  ServiceManager(asio::io_context& loop, spdlog::logger& log);

  // Called on the loop, which from now on feeds the watchdog itself: one that hangs, starves it.
  void ready();

 private:
  void feed();
  void tell(const char* state);

  OneShotTimer timer_;
  spdlog::logger& log_;
};

}  // namespace isat

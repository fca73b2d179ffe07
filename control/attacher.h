// SPDX-License-Identifier: Apache-2.0
// Keeps the responder attached to the interfaces the configuration chooses, and to no other.
#pragma once

#include <spdlog/logger.h>

#include <chrono>
#include <map>
#include <optional>
#include <string>
#include <utility>
#include <vector>

#include "control/backoff.h"
#include "control/eligible_interface.h"
#include "control/planner.h"
#include "dataplane/data_plane.h"

namespace isat {

class Attacher {
 public:
  using TimePoint = std::chrono::steady_clock::time_point;

  // `data_plane` and `log` outlive the attacher.
  Attacher(DataPlane& data_plane, InterfaceFilter filter, AttachMode mode, spdlog::logger& log);

  // Another choice of interfaces; takes effect with each one's next update().
  void choose(InterfaceFilter filter) { filter_ = std::move(filter); }

  // Judges one interface anew and attaches or detaches; null = it is not there. A failure is
  // remembered and comes up in due(), and does not wait for that when update() is called earlier.
  void update(InterfaceIndex index, const Interface* interface, TimePoint now);

  // Eligible, and with a program of ours on it.
  [[nodiscard]] const ServedInterfaces& served() const { return served_; }
  [[nodiscard]] std::vector<InterfaceIndex> due(TimePoint now) const;
  [[nodiscard]] std::optional<TimePoint> next_retry() const;
  // One line for each interface that could not be attached or detached, by its name.
  [[nodiscard]] std::map<std::string, std::string> failures() const;

 private:
  struct Failure {
    std::string name;
    std::string cause;
    Backoff backoff;
  };

  [[nodiscard]] bool merely_down(const Interface& interface) const;
  [[nodiscard]] bool has_program(InterfaceIndex index) const;
  void attach(const Interface& interface, TimePoint now);
  void stop_serving(InterfaceIndex index, const std::string& name, const std::string& why,
                    TimePoint now);
  void failed(InterfaceIndex index, const std::string& name, const Error& error, TimePoint now);

  DataPlane& data_plane_;
  InterfaceFilter filter_;
  AttachMode mode_;
  spdlog::logger& log_;
  ServedInterfaces served_;
  std::map<InterfaceIndex, std::string> told_;  // how it is attached, as last logged
  std::map<InterfaceIndex, Failure> failures_;
};

}  // namespace isat

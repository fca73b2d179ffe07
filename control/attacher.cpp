// SPDX-License-Identifier: Apache-2.0
// Keeps the responder attached to the interfaces the configuration chooses.
#include "control/attacher.h"

#include <algorithm>
#include <utility>

#include "dataplane/attach_choice.h"

namespace isat {

Attacher::Attacher(DataPlane& data_plane, InterfaceFilter filter, AttachMode mode,
                   spdlog::logger& log)
    : data_plane_(data_plane), filter_(std::move(filter)), mode_(mode), log_(log) {}

void Attacher::update(InterfaceIndex index, const Interface* interface, TimePoint now) {
  if (interface == nullptr) {
    const auto served = served_.find(index);
    const auto name = served == served_.end() ? "#" + std::to_string(index) : served->second.name;
    stop_serving(index, name, "is gone", now);
    return;
  }
  const auto [eligible, reason] = filter_.check(*interface);
  if (!eligible && merely_down(*interface)) {
    // Attaching resets rings on several drivers: what will be up again keeps its program.
    served_.erase(index);
    failures_.erase(index);
    return;
  }
  if (!eligible) {
    log_.debug("not serving {}: it {}", interface->name, reason);
    stop_serving(index, interface->name, reason, now);
    return;
  }
  // Attached already or not: VLANs that appeared may ask for another mode, and a program that
  // somebody took away comes back.
  attach(*interface, now);
  // An earlier program goes on answering even when attaching anew failed.
  if (has_program(index)) {
    served_.insert_or_assign(index, *interface);
  } else {
    served_.erase(index);
  }
}

void Attacher::attach(const Interface& interface, TimePoint now) {
  const auto attachment = data_plane_.attach(interface, mode_);
  if (!attachment) {
    failed(interface.index, interface.name, attachment.error(), now);
    return;
  }
  failures_.erase(interface.index);
  const auto how = std::string(mode_name(attachment->mode)) + ": " + attachment->reason;
  const auto before = std::exchange(told_[interface.index], how);
  if (before != how) log_.info("attached to {}: {}", interface.name, how);
}

void Attacher::stop_serving(InterfaceIndex index, const std::string& name, const std::string& why,
                            TimePoint now) {
  served_.erase(index);
  told_.erase(index);
  if (!has_program(index)) {
    failures_.erase(index);
    return;
  }
  if (const auto done = data_plane_.detach(index); !done) {
    failed(index, name, done.error(), now);
    return;
  }
  failures_.erase(index);
  log_.info("detached from {}: it {}", name, why);
}

void Attacher::failed(InterfaceIndex index, const std::string& name, const Error& error,
                      TimePoint now) {
  auto& failure = failures_[index];
  const auto before = std::exchange(failure.cause, error.message);
  if (before != error.message) log_.warn("{}; will be tried again", error.message);
  failure.name = name;
  failure.backoff.failed(now);
}

bool Attacher::merely_down(const Interface& interface) const {
  if (interface.up) return false;
  Interface raised = interface;
  raised.up = true;
  return filter_.check(raised).eligible;
}

bool Attacher::has_program(InterfaceIndex index) const {
  const auto all = data_plane_.attachments();
  return std::any_of(all.begin(), all.end(),
                     [&](const Attachment& each) { return each.interface == index; });
}

std::vector<InterfaceIndex> Attacher::due(TimePoint now) const {
  std::vector<InterfaceIndex> due;
  for (const auto& [index, failure] : failures_) {
    if (failure.backoff.retry_at() <= now) due.push_back(index);
  }
  return due;
}

std::optional<Attacher::TimePoint> Attacher::next_retry() const {
  std::optional<TimePoint> next;
  for (const auto& [index, failure] : failures_) {
    if (!next || failure.backoff.retry_at() < *next) next = failure.backoff.retry_at();
  }
  return next;
}

std::map<std::string, std::string> Attacher::failures() const {
  std::map<std::string, std::string> causes;
  for (const auto& [index, failure] : failures_) causes.emplace(failure.name, failure.cause);
  return causes;
}

}  // namespace isat

// SPDX-License-Identifier: Apache-2.0
// A network of our own: a fresh namespace with a veth pair, and raw frames in and out of its far
// end.
#pragma once

#include <chrono>
#include <optional>
#include <string>

#include "dataplane/file_descriptor.h"
#include "dataplane/interface.h"
#include "tests/frames/frame.h"

namespace isat::test {

// Moves the whole process into a new network namespace, and a bpffs directory of its own; both
// vanish with it. Aborts the test program with a message when the machine refuses.
class Lab {
 public:
  Lab();
  ~Lab();

  // Runs a shell command that must succeed.
  static void run(const std::string& command);
  [[nodiscard]] static Interface interface(const std::string& name);

  // Sends on "far", the peer of "near".
  void send(const frames::Frame& frame);
  // The next frame that "near" sent, within the time; our own sent ones are not seen.
  [[nodiscard]] std::optional<frames::Frame> receive(
      std::chrono::milliseconds patience = std::chrono::milliseconds(300));
  // Sends a request and returns whether an answer with this sender MAC came.
  [[nodiscard]] bool answers(const frames::Frame& request);

  [[nodiscard]] const std::string& pin() const { return pin_; }
  [[nodiscard]] Interface near() const { return interface("near"); }

 private:
  void open_far();

  std::string pin_;
  FileDescriptor far_;
};

}  // namespace isat::test

// SPDX-License-Identifier: Apache-2.0
// The compiled responder, embedded in this binary, as libbpf opens it: maps and programs not yet
// loaded.
#pragma once

#include <cstdint>
#include <memory>
#include <vector>

#include "dataplane/file_descriptor.h"
#include "dataplane/interface.h"
#include "dataplane/result.h"

struct bpf_object;
struct responder;

namespace isat {

class ResponderMaps;

enum class Hook { kXdp, kTc };

// What a program is told for good before it is loaded; the verifier folds it into the code.
struct ResponderConstants {
  InterfaceIndex interface_index = 0;
  std::uint32_t interface_slot = 0;
  bool observe = false;                // decide and count, answer nothing
  bool silent_after_deadline = false;  // policy `silent`; otherwise `yield`
  bool shown = false;                  // somebody watches frames
};

class ResponderObject {
 public:
  [[nodiscard]] static Result<ResponderObject> open();

  // Announcements per family; before load().
  void set_capacity(std::uint32_t announcements);
  // Creates the maps alone. An error quotes the kernel's last words.
  [[nodiscard]] Result<void> load();

  // Loads one program over existing maps; the maps' owner may close them afterwards. Works with
  // CAP_BPF and CAP_NET_ADMIN alone.
  [[nodiscard]] static Result<FileDescriptor> load_program(Hook hook,
                                                           const ResponderConstants& constants,
                                                           const ResponderMaps& maps);

  [[nodiscard]] struct bpf_object* get() const;

 private:
  struct Closer {
    void operator()(struct responder* object) const;
  };

  // Where the kernel writes why it refused a program; on the heap, as libbpf keeps its address.
  std::unique_ptr<std::vector<char>> log_;
  std::unique_ptr<struct responder, Closer> object_;
};

}  // namespace isat

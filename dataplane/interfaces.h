// SPDX-License-Identifier: Apache-2.0
// The interfaces of this network namespace, kept current by rtnetlink's news.
#pragma once

#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "dataplane/interface.h"
#include "dataplane/interface_source.h"
#include "dataplane/interface_table.h"
#include "dataplane/netlink.h"
#include "dataplane/result.h"

namespace isat {

// Not for concurrent use; open() and process() belong to one thread, or to threads of one network
// namespace.
class Interfaces final : public InterfaceSource {
 public:
  // Bytes of news the kernel may hold for us: some hundred changes. More costs a full pass, no
  // news.
  static constexpr int kReceiveBuffer = 1024 * 1024;

  // Subscribes first, then reads the whole state: no change falls between. Needs no privilege.
  [[nodiscard]] static Result<std::unique_ptr<Interfaces>> open(
      int receive_buffer = kReceiveBuffer);

  [[nodiscard]] int descriptor() const override { return listener_.descriptor(); }

  // Reads all pending news. Returns the indexes that appeared, changed or vanished since the last
  // call, each once, ascending; also those that changed and changed back, or vanished and came back
  // under the same index. When the kernel dropped news the whole state is read again and compared;
  // if that fails, the next call tries it first.
  [[nodiscard]] Result<std::vector<InterfaceIndex>> process() override;

  [[nodiscard]] const std::map<InterfaceIndex, Interface>& all() const override {
    return table_.all();
  }

 private:
  explicit Interfaces(NetlinkListener listener) : listener_(std::move(listener)) {}
  [[nodiscard]] Result<void> drain();
  [[nodiscard]] Result<void> full_pass();

  NetlinkListener listener_;
  InterfaceTable table_;
  bool incomplete_ = false;  // news was lost; the table is not to be trusted
};

}  // namespace isat

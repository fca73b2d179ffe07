// SPDX-License-Identifier: Apache-2.0
// Which speakers are alive, and until when this one may answer on the strength of that.
#pragma once

#include <chrono>
#include <functional>
#include <optional>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "dataplane/address.h"
#include "dataplane/data_plane.h"
#include "dataplane/subnet.h"

namespace isat {

// An interface as its node publishes it.
struct MemberInterface {
  std::string name;
  MacAddress mac;
  bool carrier = false;
  // Present = its node is no candidate there for an address outside of all of them.
  std::optional<std::set<Subnet>> subnets = {};

  auto operator<=>(const MemberInterface&) const = default;
};

// A node whose speaker is alive.
struct Member {
  std::string node;
  // Absent = its interfaces are not known, and so nothing speaks against them.
  std::optional<std::vector<MemberInterface>> interfaces = {};
  // Present = its speaker is away for a while. The node answers on for these, and claims no other.
  std::optional<std::set<Address>> kept = {};
  // Election keys of what it holds and keeps for as long as it may, whoever comes before it.
  std::set<std::string> sticks_to = {};

  bool operator==(const Member&) const = default;
};

class Membership {
 public:
  // Any of them may be empty.
  struct Listener {
    // members() is another. The first call is the whole view: until then this node claims nothing
    // it does not answer for already. When it returns, the map must say so.
    std::function<void()> members_changed;
    // deadline() moved, after every members_changed that came before it.
    std::function<void()> deadline_moved;
    // Out of touch past the deadline, or no member any more: the map stays as it is, and the next
    // members_changed is the first once more.
    std::function<void()> view_lost;
    // What keeps this node from being a member; one line, empty = nothing any more.
    std::function<void(const std::string& cause)> troubled;
  };
  // Of these others may know at once; a Lease has no room for more.
  static constexpr std::size_t kMostSticky = 2'000;
  // How this node leaves: the others wait for it to come back, or take over at once.
  enum class Leave { kForAWhile, kForGood };

  virtual ~Membership() = default;

  // Calls come on the loop's thread, perhaps from inside these; none after leave(). May be called
  // again after that.
  virtual void start(Listener listener) = 0;
  // What others should know of the interfaces this node serves; before start(), and when it
  // changed.
  virtual void publish(std::vector<MemberInterface> interfaces) = 0;
  // What this node is to be known to stick to, at most kMostSticky; absent = as it was known
  // before, for this speaker cannot tell yet.
  virtual void stick_to(std::optional<std::set<std::string>> keys) = 0;
  // Kept is what this node answers for until it is back. `left` is called once, when others know,
  // or when time is up.
  virtual void leave(Leave how, std::set<Address> kept, std::function<void()> left) = 0;

  // The name of the node this speaker runs on.
  [[nodiscard]] virtual const std::string& node() const = 0;
  // Every node whose speaker is alive, this one included when it may hold addresses.
  [[nodiscard]] virtual const std::vector<Member>& members() const = 0;
  // CLOCK_BOOTTIME; zero = for ever.
  [[nodiscard]] virtual BootTime deadline() const = 0;
  // Whoever does not know yet that an address is ours now vouches for it no longer than so long
  // from now. Zero = there is nobody.
  [[nodiscard]] virtual std::chrono::milliseconds last_word() const = 0;
  // Before this node became a member the last time, others had concluded that it was gone.
  [[nodiscard]] virtual bool was_given_up() const = 0;
};

// `membership: none`: this node alone. It is chosen, never inferred from the number of members, for
// it means a deadline that never comes.
class NoMembership final : public Membership {
 public:
  explicit NoMembership(std::string node) : members_{Member{std::move(node)}} {}

  void start(Listener listener) override {
    listener.deadline_moved();
    listener.members_changed();
  }
  void publish(std::vector<MemberInterface> /*interfaces*/) override {}
  void stick_to(std::optional<std::set<std::string>> /*keys*/) override {}
  void leave(Leave /*how*/, std::set<Address> /*kept*/, std::function<void()> left) override {
    left();
  }

  [[nodiscard]] const std::string& node() const override { return members_.front().node; }
  [[nodiscard]] const std::vector<Member>& members() const override { return members_; }
  [[nodiscard]] BootTime deadline() const override { return BootTime{0}; }
  [[nodiscard]] std::chrono::milliseconds last_word() const override { return {}; }
  [[nodiscard]] bool was_given_up() const override { return false; }

 private:
  std::vector<Member> members_;
};

}  // namespace isat

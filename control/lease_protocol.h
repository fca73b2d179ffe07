// SPDX-License-Identifier: Apache-2.0
// The rules of membership by Leases: when to write ours, when others are dead, until when we may
// answer. Pure: what the API says and what time it is (CLOCK_BOOTTIME) are handed in.
#pragma once

#include <deque>
#include <optional>
#include <set>
#include <string>
#include <vector>

#include "control/jittered_backoff.h"
#include "control/lease.h"
#include "control/lease_table.h"
#include "control/lease_timing.h"

namespace isat {

struct LeaseIdentity {
  std::string node;
  std::string holder;  // contains the pod's uid
  SpeakerNote note;    // but for interfaces and revision
};

class LeaseProtocol {
 public:
  // One at a time; with its number comes the answer.
  struct Write {
    std::uint64_t number = 0;
    Lease lease;
  };
  enum class Outcome { kWritten, kConflict, kFailed };
  struct Answer {
    Outcome outcome = Outcome::kFailed;
    std::string version;  // as written
    std::string cause;    // why it failed
  };
  // What happened since it was last taken. To be told in this order, before anything else is handed
  // in.
  struct News {
    bool view_lost = false;
    bool list_wanted = false;  // the watch must begin again with a list
    bool members_changed = false;
    bool deadline_moved = false;
    bool left = false;
    std::optional<BootTime> echoed;  // a renewal came back, sent then
    std::vector<Lease> dead;         // to be released on behalf of their holders
  };

  LeaseProtocol(LeaseIdentity identity, LeaseTiming timing, std::chrono::milliseconds grace,
                Random random);

  void start(BootTime now);
  void leave(Membership::Leave how, std::set<Address> kept, BootTime now);
  void publish(std::vector<MemberInterface> interfaces);
  void stick_to(std::optional<std::set<std::string>> keys) { sticks_to_ = std::move(keys); }

  // The watch of Leases, in its order.
  void begin_list() { table_.begin_list(); }
  void list(Lease lease);
  void end_list(BootTime now);
  void changed(const Lease& lease, BootTime now);
  void deleted(const Lease& lease, BootTime now);

  // What to write now; whoever takes it sends it at once and brings the answer.
  [[nodiscard]] std::optional<Write> next_write(BootTime now);
  void answered(std::uint64_t number, const Answer& answer, BootTime now);
  void tick(BootTime now);
  // When tick() and next_write() have something to do at the latest.
  [[nodiscard]] BootTime next_wake() const;

  [[nodiscard]] News take_news() { return std::exchange(news_, {}); }
  [[nodiscard]] const std::vector<Member>& members() const { return members_; }
  // Never zero; it has passed before there was a first renewal.
  [[nodiscard]] BootTime deadline() const { return deadline_; }
  // As Membership has it.
  [[nodiscard]] std::chrono::milliseconds last_word() const;
  [[nodiscard]] bool was_given_up() const { return given_up_; }
  // What keeps this node from being a member; empty when nothing does.
  [[nodiscard]] const std::string& trouble() const { return trouble_; }

 private:
  struct Renewal {
    BootTime sent{0};
    std::chrono::milliseconds duration{0};
    bool as_member = false;
    std::string version = {};  // known once it is confirmed
  };
  struct UnderWay {
    std::uint64_t number = 0;
    Renewal renewal;
    std::string base;  // the version it replaces; empty = none
    bool leaving = false;
  };
  struct Outdated {
    BootTime since{0};
    std::string cause;
  };

  void begin_again();
  void lose_view(BootTime now);
  void own_changed(const Lease& lease, BootTime now);
  void echoed(const Renewal& renewal, BootTime now);
  void note_self(const Lease& lease);
  void note_members();
  void left();

  [[nodiscard]] bool ours(const Lease& lease) const { return lease.holder == identity_.holder; }
  [[nodiscard]] bool may_take(const Lease* own, BootTime now) const;
  [[nodiscard]] std::string base() const;
  [[nodiscard]] bool has_news() const;  // since the last renewal was sent
  [[nodiscard]] BootTime next_renewal() const;
  [[nodiscard]] std::optional<BootTime> blind_at() const;
  [[nodiscard]] Lease next_lease(const Lease* own) const;
  [[nodiscard]] std::optional<Write> leaving_write(const Lease* own, BootTime now);
  [[nodiscard]] Write send(Lease lease, bool leaving, BootTime now);

  LeaseIdentity identity_;
  LeaseTiming configured_;
  std::chrono::milliseconds grace_;
  Random random_;
  JitteredBackoff backoff_;

  LeaseTable table_;
  std::uint64_t told_generation_ = 0;
  std::vector<Member> members_;
  std::vector<MemberInterface> interfaces_;  // as they should be published
  std::optional<std::set<std::string>> sticks_to_ = std::set<std::string>{};  // likewise
  Member self_;  // as it came back in the watch

  bool running_ = false;
  bool listed_ = false;    // the table is a whole view
  bool sees_ = false;      // ours came back since
  bool member_ = false;    // and again, as a member's
  bool given_up_ = false;  // our Lease had been released when it was listed
  std::optional<Membership::Leave> leaving_;
  std::set<Address> kept_;  // while away
  BootTime deadline_{1};

  std::uint64_t numbers_ = 0;
  std::optional<UnderWay> under_way_;
  std::vector<std::string> early_;    // versions of ours seen since that was sent
  std::deque<Renewal> unreturned_;    // confirmed, not yet seen in the watch
  std::vector<Renewal> relied_on_;    // all that others may have seen and we have not
  std::optional<Outdated> outdated_;  // what to build on has still to come in the watch
  std::optional<BootTime> last_sent_;
  BootTime pause_{0};   // to the next renewal
  BootTime spread_{0};  // after a suspicion
  BootTime retry_at_{0};
  std::vector<MemberInterface> sent_interfaces_;
  std::set<std::string> sent_sticks_to_;
  std::string trouble_;
  News news_;
};

}  // namespace isat

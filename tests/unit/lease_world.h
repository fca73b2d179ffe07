// SPDX-License-Identifier: Apache-2.0
// Several nodes' lease protocols around one simulated API server, in a time of its own: writes and
// watches that are slow, stalled or cut, processes that are killed, stopped or restarted.
#pragma once

#include <algorithm>
#include <deque>
#include <map>
#include <memory>
#include <optional>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "control/election.h"
#include "control/lease_protocol.h"

namespace isat {

class LeaseWorld {
 public:
  using Milliseconds = std::chrono::milliseconds;

  static constexpr LeaseTiming kTiming{Milliseconds(5'000), Milliseconds(1'500)};
  static constexpr Milliseconds kGrace{60'000};
  static constexpr Milliseconds kStep{10};
  static constexpr Milliseconds kWriteTimeout{2'500};
  static constexpr BootTime kLead{Milliseconds(100)};

  struct Event {
    Lease lease;
    bool deleted = false;
  };
  struct Request {
    LeaseProtocol::Write write;
    Milliseconds reaches{0};  // the API, in the world's time
    std::optional<LeaseProtocol::Answer> answer;
    Milliseconds returns{0};
  };
  struct Node {
    std::string name;
    Milliseconds clock_offset{0};  // its boot clock against the world's
    std::unique_ptr<LeaseProtocol> protocol;
    bool running = false;             // the process exists
    bool stopped = false;             // SIGSTOP
    bool cut = false;                 // reaches no API
    bool watch_stalled = false;       // lists too
    bool watch_mute = false;          // lists pass
    std::optional<std::size_t> seen;  // of the log; nothing = has to list
    std::deque<Request> requests;
    std::set<std::string> map;                // keys answered for; outlives the process
    std::map<std::string, BootTime> leaving;  // of these, on their way to another; until then
    BootTime deadline{1};                     // likewise, by its own clock
    BootTime promised{0};                     // the same, of this process
    bool vouching_waits = false;
    bool has_view = false;
    int writes = 0;
    int views_lost = 0;
    int member_changes = 0;
    bool left = false;
  };

  explicit LeaseWorld(std::size_t count, unsigned seed = 1) : random_(seed) {
    for (std::size_t i = 0; i < count; ++i) {
      auto& node = nodes.emplace_back();
      node.name = "node-" + std::string(1, static_cast<char>('a' + i % 26)) + std::to_string(i);
      node.clock_offset = Milliseconds(1'000'000 * (i + 1));
    }
    for (int i = 0; i < 20; ++i) keys.push_back("192.0.2." + std::to_string(i));
  }

  std::vector<Node> nodes;
  std::vector<std::string> keys;
  std::vector<Event> log;
  std::map<std::string, Lease> leases;
  Milliseconds now{0};
  Milliseconds latency{10};
  bool deaf = false;  // nobody hears who announces what

  void start(std::size_t index, const std::string& pod = "pod") {
    auto& node = nodes[index];
    if (node.running) return;
    SpeakerNote note;
    note.pod = pod;
    note.place = "place-of-" + node.name;
    node.protocol = std::make_unique<LeaseProtocol>(
        LeaseIdentity{node.name, node.name + "_" + pod, note}, kTiming, kGrace,
        [this] { return std::uniform_real_distribution<double>(0, 1)(random_); });
    node.running = true;
    node.stopped = node.has_view = node.left = false;
    node.seen.reset();
    node.requests.clear();
    node.leaving.clear();
    node.vouching_waits = false;
    node.promised = BootTime{0};
    MemberInterface eth0{"eth0", {{2, 0, 0, 0, 0, static_cast<std::uint8_t>(index)}}, true};
    node.protocol->publish({eth0});
    node.protocol->start(clock(node));
  }
  void start_all() {
    for (std::size_t i = 0; i < nodes.size(); ++i) start(i);
  }
  // kill -9: what is under way may still be written.
  void kill(std::size_t index) { nodes[index].running = false; }
  void leave(std::size_t index, Membership::Leave how) {
    auto& node = nodes[index];
    if (!node.running || node.stopped) return;
    if (how == Membership::Leave::kForGood) {  // withdrawn first
      node.map.clear();
      node.leaving.clear();
    }
    std::set<Address> kept;
    for (const auto& key : node.map) kept.insert(*Address::parse(key));
    node.protocol->leave(how, std::move(kept), clock(node));
    take_news(node);
  }
  void remove_lease(const std::string& node) {
    const auto found = leases.find(node);
    if (found == leases.end()) return;
    auto gone = found->second;
    gone.version = std::to_string(++revision_);
    leases.erase(found);
    log.push_back({gone, true});
  }
  void overwrite(Lease lease) {
    lease.version = std::to_string(++revision_);
    log.push_back({lease, false});
    leases[lease.node] = lease;
  }

  void pass(Milliseconds time) {
    for (const auto until = now + time; now < until;) {
      now += kStep;
      for (auto& node : nodes) serve(node);
      for (auto& node : nodes) run(node);
      if (on_step) on_step();
    }
  }
  std::function<void()> on_step;

  [[nodiscard]] BootTime clock(const Node& node) const {
    return std::chrono::duration_cast<BootTime>(now + node.clock_offset);
  }
  [[nodiscard]] bool vouches(const Node& node) const { return node.deadline > clock(node); }
  [[nodiscard]] std::vector<std::string> answering(const std::string& key, bool vouched) const {
    std::vector<std::string> names;
    for (const auto& node : nodes) {
      if (node.map.contains(key) && (!vouched || vouches(node))) names.push_back(node.name);
    }
    return names;
  }
  [[nodiscard]] std::size_t members_of(std::size_t index) const {
    return nodes[index].protocol->members().size();
  }

 private:
  // The API's side: requests that have arrived are carried out in their order.
  void serve(Node& node) {
    for (auto& request : node.requests) {
      if (request.answer || request.reaches > now) continue;
      if (node.cut) {
        request.answer = {LeaseProtocol::Outcome::kFailed, "", "cut off"};
        request.returns = request.reaches + kWriteTimeout;
        continue;
      }
      request.answer = carry_out(request.write.lease);
      request.returns = now + latency;
    }
  }
  LeaseProtocol::Answer carry_out(Lease lease) {
    const auto found = leases.find(lease.node);
    const auto there = found == leases.end() ? std::string() : found->second.version;
    if (there != lease.version) return {LeaseProtocol::Outcome::kConflict, "", "conflict"};
    overwrite(lease);
    return {LeaseProtocol::Outcome::kWritten, std::to_string(revision_), ""};
  }

  void run(Node& node) {
    if (!node.running || node.stopped) return;
    give_up_overdue(node);
    vouch(node);
    watch(node);
    if (!node.running) return;
    for (auto& request : std::exchange(node.requests, {})) {
      if (!request.answer || request.returns > now) {
        node.requests.push_back(std::move(request));
        continue;
      }
      // An answer that the network lost is a failure after its time.
      const bool lost = node.cut && request.answer->outcome != LeaseProtocol::Outcome::kFailed;
      if (lost) {
        request.answer = {LeaseProtocol::Outcome::kFailed, "", "lost"};
        request.returns = now + kWriteTimeout;
        node.requests.push_back(std::move(request));
        continue;
      }
      node.protocol->answered(request.write.number, *request.answer, clock(node));
      take_news(node);
    }
    if (!node.running) return;
    node.protocol->tick(clock(node));
    take_news(node);
    if (node.protocol->next_wake() > clock(node)) return;
    if (auto write = node.protocol->next_write(clock(node))) {
      ++node.writes;
      node.requests.push_back({std::move(*write), now + latency, std::nullopt, Milliseconds(0)});
    }
    take_news(node);
  }

  void watch(Node& node) {
    if (node.cut || node.watch_stalled) return;
    if (!node.seen) {
      node.seen = log.size();
      node.protocol->begin_list();
      for (const auto& [name, lease] : leases) node.protocol->list(lease);
      node.protocol->end_list(clock(node));
      take_news(node);
    }
    while (!node.watch_mute && node.seen && *node.seen < log.size()) {
      const auto& event = log[(*node.seen)++];
      if (event.deleted) {
        node.protocol->deleted(event.lease, clock(node));
      } else {
        node.protocol->changed(event.lease, clock(node));
      }
      take_news(node);
    }
  }

  static std::optional<std::string> elected(const std::string& key,
                                            const std::vector<Member>& members) {
    std::vector<Candidate> candidates;
    for (const auto& member : members) {
      if (member.kept && !member.kept->contains(*Address::parse(key))) continue;
      candidates.push_back({member.node});
    }
    return holder(key, candidates);
  }

  // What it holds no more it answers for until it hears the one who does, or as long as promised.
  void answer_for(Node& node, const std::set<std::string>& held) {
    std::map<std::string, BootTime> leaving;
    for (const auto& key : node.map) {
      if (held.contains(key)) continue;
      const auto found = node.leaving.find(key);
      const auto until = std::max(node.promised, kLead) - kLead;
      leaving[key] = found == node.leaving.end() ? until : found->second;
    }
    node.leaving = std::move(leaving);
    node.map = held;
    for (const auto& [key, until] : node.leaving) node.map.insert(key);
    give_up_overdue(node);
  }
  void give_up_overdue(Node& node) const {
    std::erase_if(node.leaving, [&](const auto& each) {
      if (each.second > clock(node) && !hears_holder(node, each.first)) return false;
      node.map.erase(each.first);
      return true;
    });
  }
  // Nothing is promised anew while something is on its way to another.
  static void vouch(Node& node) {
    const auto deadline = node.protocol->deadline();
    if (!node.leaving.empty() && deadline > node.promised) return;
    if (std::exchange(node.vouching_waits, false)) node.deadline = node.promised = deadline;
  }
  [[nodiscard]] bool hears_holder(const Node& node, const std::string& key) const {
    return !deaf && std::any_of(nodes.begin(), nodes.end(), [&](const Node& other) {
      return &other != &node && other.has_view && other.map.contains(key) &&
             !other.leaving.contains(key);
    });
  }

  // What the speaker and the edge do.
  void take_news(Node& node) {
    const auto news = node.protocol->take_news();
    if (news.view_lost) {
      node.has_view = false;
      ++node.views_lost;
    }
    if (news.list_wanted) node.seen.reset();
    if (news.members_changed) {
      node.has_view = true;
      ++node.member_changes;
      std::set<std::string> held;
      for (const auto& key : keys) {
        if (elected(key, node.protocol->members()) == node.name) held.insert(key);
      }
      answer_for(node, held);
    }
    if (news.deadline_moved) node.vouching_waits = true;
    vouch(node);
    for (auto dead : news.dead) {
      dead.holder.clear();
      const auto found = leases.find(dead.node);
      if (!node.cut && found != leases.end() && found->second.version == dead.version) {
        overwrite(dead);
      }
    }
    if (news.left) {
      node.left = true;
      node.running = false;
    }
  }

  std::mt19937 random_;
  std::uint64_t revision_ = 100;
};

}  // namespace isat

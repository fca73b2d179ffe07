// SPDX-License-Identifier: Apache-2.0
// Follows a packet from rule to rule, and says of each step how sure it is.
#include "control/packet_course.h"

#include <algorithm>
#include <utility>

#include "control/json_field.h"

namespace isat {
namespace {

using nlohmann::json;

constexpr std::int64_t kTranslationPriority = -100;  // NF_IP_PRI_NAT_DST
constexpr int kDeepest = 16;                         // NFT_JUMP_STACK_SIZE

// How sure it is that the packet comes here.
struct Presence {
  Sure reached = Sure::kYes;  // nothing before ended its way
  Sure meant = Sure::kYes;    // the conditions on the way hold
  bool named = false;         // one of them was its destination

  void ask(Sure condition) {
    reached = std::min(reached, condition);
    meant = std::min(meant, condition);
  }
  // A verdict was met, where `taken` is how sure that is.
  void leave(Sure taken) {
    if (taken == Sure::kYes) reached = Sure::kNo;
    if (taken == Sure::kPerhaps) reached = std::min(reached, Sure::kPerhaps);
  }
};

class Walk {
 public:
  Walk(const Ruleset& ruleset, const Packet& packet) : ruleset_(ruleset), packet_(packet) {}

  void follow_base(const Ruleset::Name& name, const Ruleset::Chain& chain) {
    Presence end;
    end.leave(follow(name, {}, 0));
    if (chain.drops) drop(name, end);
  }

  std::vector<PacketDrop> drops;
  std::set<std::optional<Address>> destinations;

 private:
  // How sure it is that its way ends in the chain, or in one called from there.
  Sure follow(const Ruleset::Name& name, Presence here, int depth) {
    const auto* chain = ruleset_.chain(name);
    if (chain == nullptr || depth > kDeepest) return Sure::kPerhaps;
    auto ended = Sure::kNo;
    for (const auto& rule : chain->rules) {
      auto inside = here;
      for (const auto& statement : rule) {
        if (inside.reached == Sure::kNo) break;
        ask(statement, name, inside);
        for (const auto& [verdict, condition] : verdicts(statement, name)) {
          auto at = inside;
          at.ask(condition);
          if (at.reached == Sure::kNo) continue;
          const auto end = take(*verdict, name, at, depth);
          ended = std::max(ended, end);
          here.leave(leaves_chain(*verdict) ? at.reached : end);
        }
      }
    }
    return ended;
  }

  void ask(const json& statement, const Ruleset::Name& chain, Presence& here) const {
    if (const auto* match = json_field(statement, {"match"})) {
      const auto holds = matches(*match, packet_, set_elements(chain));
      here.ask(holds);
      if (holds == Sure::kYes && text_field(*match, {"left", "payload", "field"}) == "daddr") {
        here.named = true;
      }
    }
    const bool opaque = text_field(statement, {"xt", "type"}) == "match" &&
                        text_field(statement, {"xt", "name"}) != "comment";
    if (opaque || json_field(statement, {"limit"}) != nullptr) here.ask(Sure::kPerhaps);
  }

  // A verdict is a statement, or the value of a map's element.
  std::vector<std::pair<const json*, Sure>> verdicts(const json& statement,
                                                     const Ruleset::Name& chain) const {
    const auto* key = json_field(statement, {"vmap", "key"});
    const auto* data = json_field(statement, {"vmap", "data"});
    if (key == nullptr || data == nullptr) return {{&statement, Sure::kYes}};
    const auto elements = set_elements(chain);
    const auto* set = json_field(*data, {"set"});
    if (set == nullptr && data->is_string()) set = &elements(data->get<std::string>().substr(1));
    std::vector<std::pair<const json*, Sure>> found;
    if (set == nullptr || !set->is_array()) return found;
    for (const auto& element : *set) {
      if (!element.is_array() || element.size() != 2) continue;
      found.emplace_back(&element[1], is_value(*key, element[0], packet_, elements));
    }
    return found;
  }

  static bool leaves_chain(const json& verdict) {
    return json_field(verdict, {"return"}) != nullptr || json_field(verdict, {"goto"}) != nullptr;
  }

  // How sure it is that its way ends there.
  Sure take(const json& verdict, const Ruleset::Name& chain, const Presence& here, int depth) {
    const auto has = [&](const char* name) { return json_field(verdict, {name}) != nullptr; };
    for (const char* call : {"jump", "goto"}) {
      if (!has(call)) continue;
      auto target = chain;
      std::get<2>(target) = text_field(verdict, {call, "target"});
      return follow(target, here, depth + 1);
    }
    const auto target =
        text_field(verdict, {"xt", "type"}) == "target" ? text_field(verdict, {"xt", "name"}) : "";
    if (has("drop") || has("reject") || target == "REJECT") {
      drop(chain, here);
      return here.reached;
    }
    if (has("dnat") || target == "DNAT") {
      translate(verdict);
      return here.reached;
    }
    if (has("accept") || has("queue") || has("redirect")) return here.reached;
    // iptables' targets; of those that are not known here some let it go on, and some do not.
    const bool goes_on = target.empty() || target == "MARK" || target == "LOG";
    return goes_on ? Sure::kNo : std::min(here.reached, Sure::kPerhaps);
  }

  void drop(const Ruleset::Name& chain, const Presence& here) {
    if (here.reached == Sure::kNo || (here.meant != Sure::kYes && !here.named)) return;
    drops.push_back({chain_text(chain), here.reached == Sure::kYes});
  }

  void translate(const json& verdict) {
    const auto address = Address::parse(text_field(verdict, {"dnat", "addr"}));
    destinations.insert(address ? std::optional(*address) : std::nullopt);
  }

  SetElements set_elements(const Ruleset::Name& chain) const {
    return [this, chain](const std::string& set) -> const json& {
      return ruleset_.elements({std::get<0>(chain), std::get<1>(chain), set});
    };
  }

  const Ruleset& ruleset_;
  const Packet& packet_;
};

bool concerns(const Ruleset::Name& name, const Packet& packet) {
  const auto& family = std::get<0>(name);
  return family == "inet" || family == (packet.family == Family::kIpv4 ? "ip" : "ip6");
}

}  // namespace

std::vector<PacketDrop> packet_drops(const Ruleset& ruleset, const std::string& hook,
                                     const Packet& packet, Stretch stretch) {
  Walk walk(ruleset, packet);
  for (const auto& [name, chain] : ruleset.chains()) {
    if (chain.hook != hook || chain.type == "nat" || !concerns(name, packet)) continue;
    const bool late = hook == "prerouting" && chain.priority > kTranslationPriority;
    if (late && stretch == Stretch::kBeforeTranslation) continue;
    walk.follow_base(name, chain);
  }
  return walk.drops;
}

std::set<std::optional<Address>> translations(const Ruleset& ruleset, const Packet& packet) {
  Walk walk(ruleset, packet);
  for (const auto& [name, chain] : ruleset.chains()) {
    if (chain.hook == "prerouting" && chain.type == "nat" && concerns(name, packet)) {
      walk.follow_base(name, chain);
    }
  }
  return walk.destinations;
}

}  // namespace isat

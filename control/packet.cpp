// SPDX-License-Identifier: Apache-2.0
// Whether conditions of nftables hold for a packet; libnftables-json(5) has their forms.
#include "control/packet.h"

#include <algorithm>

#include "control/json_field.h"
#include "dataplane/subnet.h"

namespace isat {
namespace {

using nlohmann::json;

Sure sure(bool known) {
  return known ? Sure::kYes : Sure::kNo;
}

Sure any_of(const json& values, const std::function<Sure(const json&)>& each) {
  auto found = Sure::kNo;
  for (const auto& value : values) found = std::max(found, each(value));
  return found;
}

bool is_destination(const json& expression) {
  return text_field(expression, {"payload", "field"}) == "daddr";
}

std::optional<Address> address_of(const json& value) {
  const auto address = Address::parse(value.is_string() ? value.get<std::string>() : "");
  return address ? std::optional(*address) : std::nullopt;
}

Sure is_address(const std::optional<Address>& ours, const json& value) {
  if (!ours) return Sure::kPerhaps;
  if (const auto* prefix = json_field(value, {"prefix"})) {
    const auto network = Address::parse(text_field(*prefix, {"addr"}));
    const auto length = number_field(*prefix, {"len"});
    const auto bits = static_cast<std::int64_t>(8 * ours->bytes().size());
    if (!network || length < 0 || length > bits) return Sure::kPerhaps;
    return sure(Subnet{*network, static_cast<unsigned>(length)}.contains(*ours));
  }
  if (const auto* range = json_field(value, {"range"}); range != nullptr && range->size() == 2) {
    const auto first = address_of(range->front());
    const auto last = address_of(range->back());
    return first && last ? sure(*first <= *ours && *ours <= *last) : Sure::kPerhaps;
  }
  const auto address = address_of(value);
  return address ? sure(*address == *ours) : Sure::kPerhaps;
}

// "eth*" is every name that begins so.
Sure is_text(const std::string& ours, const json& value) {
  if (ours.empty() || !value.is_string()) return Sure::kPerhaps;
  auto text = value.get<std::string>();
  if (!text.ends_with('*')) return sure(text == ours);
  text.pop_back();
  return sure(ours.starts_with(text));
}

Sure is_single_value(const json& expression, const json& value, const Packet& packet) {
  if (is_destination(expression)) return is_address(packet.destination, value);
  const auto meta = text_field(expression, {"meta", "key"});
  if (meta == "iifname" || meta == "iif") return is_text(packet.in, value);
  if (meta == "oifname" || meta == "oif") return is_text(packet.out, value);
  const bool v4 = packet.family == Family::kIpv4;
  if (meta == "nfproto") return is_text(v4 ? "ipv4" : "ipv6", value);
  if (meta == "protocol") return is_text(v4 ? "ip" : "ip6", value);
  const auto tracked = text_field(expression, {"ct", "key"});
  if (tracked == "state") return is_text("new", value);
  if (tracked == "status" && value == "dnat") return sure(packet.translated);
  return Sure::kPerhaps;
}

}  // namespace

Sure is_value(const json& expression, const json& value, const Packet& packet,
              const SetElements& elements) {
  const auto either = [&](const json& values) {
    return any_of(values,
                  [&](const json& each) { return is_value(expression, each, packet, elements); });
  };
  if (value.is_string() && value.get_ref<const std::string&>().starts_with('@')) {
    return either(elements(value.get_ref<const std::string&>().substr(1)));
  }
  if (value.is_array()) return either(value);
  if (const auto* set = json_field(value, {"set"})) return either(*set);
  if (const auto* inner = json_field(value, {"elem", "val"})) {
    return is_value(expression, *inner, packet, elements);
  }
  const auto* parts = json_field(expression, {"concat"});
  if (parts == nullptr) return is_single_value(expression, value, packet);
  const auto* values = json_field(value, {"concat"});
  if (values == nullptr || values->size() != parts->size()) return Sure::kPerhaps;
  auto all = Sure::kYes;
  for (std::size_t i = 0; i < parts->size(); ++i) {
    all = std::min(all, is_value((*parts)[i], (*values)[i], packet, elements));
  }
  return all;
}

Sure matches(const json& match, const Packet& packet, const SetElements& elements) {
  const auto* left = json_field(match, {"left"});
  const auto* right = json_field(match, {"right"});
  if (left == nullptr || right == nullptr) return Sure::kPerhaps;
  // nft leaves out that the other family has no such field.
  const auto protocol = text_field(*left, {"payload", "protocol"});
  if (protocol == (packet.family == Family::kIpv4 ? "ip6" : "ip")) return Sure::kNo;
  const auto op = text_field(match, {"op"});
  const auto found = is_value(*left, *right, packet, elements);
  if (op == "==" || op == "in") return found;
  if (op != "!=" || found == Sure::kPerhaps) return Sure::kPerhaps;
  return found == Sure::kYes ? Sure::kNo : Sure::kYes;
}

}  // namespace isat

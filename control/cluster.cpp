// SPDX-License-Identifier: Apache-2.0
// The cluster as the API tells it, and the assignments that follow from it.
#include "control/cluster.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "control/assignment_difference.h"
#include "control/election.h"
#include "control/group_candidacy.h"

namespace isat {
namespace {

// Stands for what is not there in a cluster without MetalLB: it has every address, and covers it.
const IpAddressPool& every_pool() {
  static const IpAddressPool kPool;
  return kPool;
}
const Advertisements& every_node() {
  static const L2Advertisement kAdvertisement;
  static const Advertisements kAlone{&kAdvertisement};
  return kAlone;
}

template <typename Map>
std::vector<std::string> names_in(const Map& map) {
  std::vector<std::string> names;
  names.reserve(map.size());
  for (const auto& [name, value] : map) names.push_back(name);
  return names;
}

template <typename Map, typename Key, typename Value>
void erase_from(Map& map, const Key& key, const Value& value) {
  const auto found = map.find(key);
  if (found == map.end()) return;
  found->second.erase(value);
  if (found->second.empty()) map.erase(found);
}

}  // namespace

bool Cluster::put(Service service) {
  const auto name = service.name;
  const auto [found, fresh] = accounts_.try_emplace(name);
  auto& account = found->second;
  if (!fresh && account.service == service) return false;
  // Those it leaves may be connected by nobody now.
  for (const auto& address : account.service.addresses) touch_all(by_address_[address]);
  unindex(account);
  account.service = std::move(service);
  for (const auto& address : account.service.addresses) by_address_[address].insert(&account);
  touch(account);
  return true;
}

void Cluster::erase_service(const std::string& name) {
  const auto found = accounts_.find(name);
  if (found == accounts_.end()) return;
  auto& account = found->second;
  for (const auto& address : account.service.addresses) touch_all(by_address_[address]);
  unindex(account);
  touched_.erase(&account);
  for (const auto& assignment : account.told) gone_.push_back(assignment.key);
  accounts_.erase(found);
}

void Cluster::put(const EndpointSlice& slice) {
  const auto found = service_of_slice_.find(slice.name);
  if (found != service_of_slice_.end() && found->second == slice.service) {
    auto& before = slices_of_service_[slice.service][slice.name];
    if (before == slice.endpoints) return;
    before = slice.endpoints;
  } else {
    drop_slice(slice.name);
    if (slice.service.empty()) return;
    service_of_slice_[slice.name] = slice.service;
    slices_of_service_[slice.service][slice.name] = slice.endpoints;
  }
  touch_service(slice.service);
}

void Cluster::erase_slice(const std::string& name) {
  drop_slice(name);
}

void Cluster::drop_slice(const std::string& name) {
  const auto found = service_of_slice_.find(name);
  if (found == service_of_slice_.end()) return;
  touch_service(found->second);
  erase_from(slices_of_service_, found->second, name);
  service_of_slice_.erase(found);
}

void Cluster::put(ClusterNode node) {
  auto& known = nodes_[node.name];
  if (known == node) return;
  known = std::move(node);
  node_changed(known.name, &known);
}

void Cluster::erase_node(const std::string& name) {
  if (nodes_.erase(name) != 0) node_changed(name, nullptr);
}

void Cluster::node_changed(const std::string& name, const ClusterNode* node) {
  for (const auto& advertisements : candidacies_.node_changed(name, node)) {
    const auto users = by_advertisements_.find(advertisements);
    if (users != by_advertisements_.end()) touch_all(users->second);
  }
}

void Cluster::put(IpAddressPool pool) {
  auto& known = pools_[pool.name];
  if (known == pool) return;
  touch_addresses(known);
  known = std::move(pool);
  touch_addresses(known);
  pools_changed_ = true;
  covering_.erase(&known);
}

void Cluster::erase_pool(const std::string& name) {
  const auto found = pools_.find(name);
  if (found == pools_.end()) return;
  auto& pool = found->second;
  touch_addresses(pool);
  for (auto* account : std::exchange(by_pool_[&pool], {})) account->pool = nullptr;
  by_pool_.erase(&pool);
  covering_.erase(&pool);
  pools_.erase(found);
  pools_changed_ = true;
}

void Cluster::put(L2Advertisement advertisement) {
  const auto [found, fresh] = advertisements_.try_emplace(advertisement.name);
  auto& known = found->second;
  if (!fresh && known == advertisement) return;
  if (!fresh) touch_covered(known);
  candidacies_.forget(&known);
  known = std::move(advertisement);
  touch_covered(known);
  covering_.clear();
}

void Cluster::erase_advertisement(const std::string& name) {
  const auto found = advertisements_.find(name);
  if (found == advertisements_.end()) return;
  touch_covered(found->second);
  candidacies_.forget(&found->second);
  covering_.clear();
  advertisements_.erase(found);
}

void Cluster::set_unrestricted(bool unrestricted) {
  if (std::exchange(unrestricted_, unrestricted) != unrestricted) touch_every();
}

void Cluster::touch_every() {
  for (auto& [name, account] : accounts_) touch(account);
}

void Cluster::touch_addresses(const IpAddressPool& pool) {
  for (const auto& range : pool.ranges) {
    for (auto at = by_address_.lower_bound(range.first());
         at != by_address_.end() && at->first <= range.last(); ++at) {
      touch_all(at->second);
    }
  }
}

void Cluster::touch_covered(const L2Advertisement& advertisement) {
  for (const auto& [pool, accounts] : by_pool_) {
    if (advertisement.covers(*pool)) touch_all(accounts);
  }
}

void Cluster::touch_service(const std::string& name) {
  if (const auto found = accounts_.find(name); found != accounts_.end()) touch(found->second);
}

void Cluster::unindex(Account& account) {
  for (const auto& address : account.service.addresses) erase_from(by_address_, address, &account);
  erase_from(by_pool_, account.pool, &account);
  erase_from(by_advertisements_, account.admission.advertisements, &account);
  account.pool = nullptr;
  account.admission = {};
}

Endpoints Cluster::endpoints_of(const std::string& service) const {
  Endpoints endpoints;
  const auto found = slices_of_service_.find(service);
  if (found == slices_of_service_.end()) return endpoints;
  for (const auto& [name, part] : found->second) {
    endpoints.count += part.count;
    endpoints.nodes.insert(part.nodes.begin(), part.nodes.end());
  }
  return endpoints;
}

const Advertisements& Cluster::covering(const IpAddressPool* pool) {
  static const Advertisements kNone;
  if (pool == nullptr) return kNone;
  if (unrestricted_) return every_node();
  const auto [found, fresh] = covering_.try_emplace(pool);
  if (fresh) {
    for (const auto& [name, advertisement] : advertisements_) {
      if (advertisement.covers(*pool)) found->second.push_back(&advertisement);
    }
  }
  return found->second;
}

void Cluster::judge(Account& account) {
  erase_from(by_pool_, account.pool, &account);
  erase_from(by_advertisements_, account.admission.advertisements, &account);
  const auto& service = account.service;
  account.pool = unrestricted_ ? &every_pool() : pool_index_.pool_of(service.addresses);
  const auto endpoints = endpoints_of(service.name);
  account.admission = admit(service, account.pool, covering(account.pool), endpoints);
  const auto& applying = account.admission.advertisements;
  account.candidacy = nullptr;
  if (!account.admission.refusal) {
    account.candidacy = candidacies_.of(applying, nodes_);
    if (service.local) {
      account.candidacy =
          std::make_shared<const Candidacy>(with_endpoints(*account.candidacy, endpoints));
    }
    by_advertisements_[applying].insert(&account);
  }
  if (account.pool != nullptr) by_pool_[account.pool].insert(&account);
}

std::vector<Cluster::Account*> Cluster::connected(Account* account) const {
  std::vector<Account*> group{account};
  std::unordered_set<Account*> seen{account};
  std::set<Address> walked;
  for (std::size_t next = 0; next < group.size(); ++next) {
    for (const auto& address : group[next]->service.addresses) {
      if (!walked.insert(address).second) continue;
      for (auto* other : by_address_.at(address)) {
        if (seen.insert(other).second) group.push_back(other);
      }
    }
  }
  return group;
}

void Cluster::tell(const std::vector<Account*>& group, AssignmentChange& change) {
  const auto* oldest = *std::min_element(group.begin(), group.end(), [](auto* left, auto* right) {
    return std::tie(left->service.created, left->service.name) <
           std::tie(right->service.created, right->service.name);
  });
  const auto key = oldest->service.addresses.empty()
                       ? std::string()
                       : election_text(oldest->service.addresses.front());
  std::vector<std::shared_ptr<const Candidacy>> admitted;
  for (const auto* account : group) {
    if (account->candidacy != nullptr) admitted.push_back(account->candidacy);
  }
  const auto candidacy = group_candidacy(admitted);
  for (auto* account : group) {
    std::vector<Assignment> now;
    if (account->candidacy != nullptr) {
      for (const auto& address : account->service.addresses) {
        now.push_back({{account->service.name, address}, candidacy, key});
      }
    }
    std::sort(now.begin(), now.end());
    note_difference(account->told, now, change);
    account->told = std::move(now);
  }
}

AssignmentChange Cluster::settle() {
  AssignmentChange change{{}, std::exchange(gone_, {})};
  if (std::exchange(pools_changed_, false)) pool_index_ = PoolIndex(pools_);
  const auto touched = std::exchange(touched_, {});
  for (auto* account : touched) judge(*account);
  std::unordered_set<Account*> told;
  for (auto* account : touched) {
    if (told.contains(account)) continue;
    const auto group = connected(account);
    told.insert(group.begin(), group.end());
    tell(group, change);
  }
  return change;
}

std::vector<OwnerRefusal> Cluster::refusals(const std::string& node) const {
  std::vector<OwnerRefusal> refusals;
  for (const auto& [name, account] : accounts_) {
    auto refusal = account.admission.refusal;
    if (!refusal) {
      refusal = refusal_on(node, nodes_, account.service, account.admission.advertisements,
                           endpoints_of(name), rules_);
    }
    if (refusal) refusals.push_back({name, account.service.addresses, std::move(*refusal)});
  }
  std::sort(refusals.begin(), refusals.end(),
            [](const auto& left, const auto& right) { return left.owner < right.owner; });
  return refusals;
}

std::vector<ServiceStanding> Cluster::standings(const std::string& node) const {
  std::vector<ServiceStanding> standings;
  standings.reserve(accounts_.size());
  for (const auto& [name, account] : accounts_) {
    auto standing = standing_on(node, nodes_, account.service, account.admission.advertisements,
                                endpoints_of(name), rules_);
    standing.unrestricted = unrestricted_;
    if (account.pool != nullptr) standing.pool = account.pool->name;
    standings.push_back(std::move(standing));
  }
  std::sort(standings.begin(), standings.end(),
            [](const auto& left, const auto& right) { return left.owner < right.owner; });
  return standings;
}

std::vector<std::string> Cluster::services() const {
  return names_in(accounts_);
}
std::vector<std::string> Cluster::slices() const {
  return names_in(service_of_slice_);
}
std::vector<std::string> Cluster::nodes() const {
  return names_in(nodes_);
}
std::vector<std::string> Cluster::pools() const {
  return names_in(pools_);
}
std::vector<std::string> Cluster::advertisements() const {
  return names_in(advertisements_);
}

}  // namespace isat

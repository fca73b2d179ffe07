// SPDX-License-Identifier: Apache-2.0
// The cluster as the API tells it, and the assignments that follow from it. Work is proportional to
// what a piece of news concerns.
#pragma once

#include <map>
#include <memory>
#include <set>
#include <string>
#include <unordered_map>
#include <unordered_set>
#include <vector>

#include "control/assignment.h"
#include "control/candidacy_table.h"
#include "control/eligibility.h"
#include "control/pool_index.h"
#include "control/source_report.h"

namespace isat {

class Cluster {
 public:
  explicit Cluster(EligibilityRules rules) : rules_(rules), candidacies_(rules) {}
  Cluster(const Cluster&) = delete;
  Cluster& operator=(const Cluster&) = delete;

  // News, in any order; the same again is no news, and erasing what is not there neither.
  bool put(Service service);  // was it news?
  void put(const EndpointSlice& slice);
  void put(ClusterNode node);
  void put(IpAddressPool pool);
  void put(L2Advertisement advertisement);
  void erase_service(const std::string& name);
  void erase_slice(const std::string& name);
  void erase_node(const std::string& name);
  void erase_pool(const std::string& name);
  void erase_advertisement(const std::string& name);

  // The names known of each, for whoever compares them with a list.
  [[nodiscard]] std::vector<std::string> services() const;
  [[nodiscard]] std::vector<std::string> slices() const;
  [[nodiscard]] std::vector<std::string> nodes() const;
  [[nodiscard]] std::vector<std::string> pools() const;
  [[nodiscard]] std::vector<std::string> advertisements() const;

  // A cluster without MetalLB's resources: every address is allowed, any node may announce it.
  void set_unrestricted(bool unrestricted);

  // What the news since the last call changes.
  [[nodiscard]] AssignmentChange settle();

  // The Services that nobody announces, or that `node` may not, by name. As of the last settle().
  [[nodiscard]] std::vector<OwnerRefusal> refusals(const std::string& node) const;
  // What speaks for each Service on `node`, by name. As of the last settle().
  [[nodiscard]] std::vector<ServiceStanding> standings(const std::string& node) const;
  // Younger pool → what it overlaps with. As of the last settle().
  [[nodiscard]] const std::map<std::string, std::string>& overlaps() const {
    return pool_index_.overlaps();
  }

 private:
  // What is made of one Service.
  struct Account {
    Service service;
    const IpAddressPool* pool = nullptr;  // null = none, and with it nothing else
    Admission admission{};
    std::shared_ptr<const Candidacy> candidacy{};  // null = refused
    std::vector<Assignment> told{};                // ordered
  };
  using Accounts = std::set<Account*>;

  void touch(Account& account) { touched_.insert(&account); }
  void touch_all(const Accounts& accounts) { touched_.insert(accounts.begin(), accounts.end()); }
  void touch_every();
  void touch_addresses(const IpAddressPool& pool);
  void touch_covered(const L2Advertisement& advertisement);
  void touch_service(const std::string& name);
  void index(Account& account);
  void unindex(Account& account);
  void node_changed(const std::string& name, const ClusterNode* node);
  void drop_slice(const std::string& name);

  [[nodiscard]] Endpoints endpoints_of(const std::string& service) const;
  [[nodiscard]] const Advertisements& covering(const IpAddressPool* pool);
  void judge(Account& account);
  [[nodiscard]] std::vector<Account*> connected(Account* account) const;
  void tell(const std::vector<Account*>& group, AssignmentChange& change);

  EligibilityRules rules_;
  bool unrestricted_ = false;

  Pools pools_;
  std::map<std::string, L2Advertisement> advertisements_;
  Nodes nodes_;
  std::unordered_map<std::string, std::string> service_of_slice_;
  std::unordered_map<std::string, std::map<std::string, Endpoints>> slices_of_service_;
  std::unordered_map<std::string, Account> accounts_;

  PoolIndex pool_index_;
  bool pools_changed_ = false;
  std::map<const IpAddressPool*, Advertisements> covering_;  // as far as asked for
  CandidacyTable candidacies_;

  std::map<Address, Accounts> by_address_;
  std::map<const IpAddressPool*, Accounts> by_pool_;
  std::map<Advertisements, Accounts> by_advertisements_;

  Accounts touched_;
  std::vector<AssignmentKey> gone_;  // of Services that were erased
};

}  // namespace isat

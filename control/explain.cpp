// SPDX-License-Identifier: Apache-2.0
// `isat explain`.
#include "control/explain.h"

#include <set>

#include "control/chain.h"
#include "control/evidence.h"

namespace isat {
namespace {

std::set<Address> addresses_known(const Evidence& evidence) {
  std::set<Address> addresses;
  if (evidence.configuration) {
    for (const auto& assignment : evidence.configuration->addresses) {
      addresses.insert(assignment.key.address);
    }
  }
  if (evidence.pins) {
    for (const auto& actual : evidence.pins->announcements) {
      addresses.insert(actual.announcement.key.address);
    }
  }
  return addresses;
}

}  // namespace

int explain(const Environment& environment, const ExplainOptions& options) {
  std::set<Address> asked;
  if (options.address) {
    const auto address = Address::parse(*options.address);
    if (!address) {
      environment.err << address.error().message << "\n";
      return kUsage;
    }
    asked.insert(*address);
  }
  auto evidence = gather_evidence(options.pin, options.configuration);
  if (!options.address) asked = addresses_known(evidence);

  bool answers = true;
  auto all = nlohmann::ordered_json::array();
  for (const auto& address : asked) {
    gather_routes(evidence, address);
    if (options.probe) gather_probes(evidence, address, options.probe_from);
    const auto explanation = Chain(address, evidence).follow();
    answers = answers && explanation.answers();
    if (options.json) {
      all.push_back(explanation_json(explanation));
    } else {
      environment.out << explanation_text(explanation);
    }
  }
  if (options.json) environment.out << (options.address ? all.front() : all).dump(2) << "\n";
  if (asked.empty() && !options.json) environment.out << "no address is known here\n";
  return answers ? kSuccess : kFailure;
}

}  // namespace isat

// SPDX-License-Identifier: Apache-2.0
// `isat explain`.
#include "control/explain.h"

#include <cerrno>
#include <set>

#include "control/chain.h"
#include "control/evidence.h"

namespace isat {
namespace {

// With --all what has no address yet, or could not be looked at, is said all the same. Nothing
// known is good news only when everything was seen.
bool tell_of_rest(const Environment& environment, const Evidence& evidence, bool none, bool json) {
  auto unseen = evidence.unseen;
  if (!evidence.pins && evidence.pins.error().code != ENOENT) {
    unseen.push_back(evidence.pins.error().message);
  }
  if (none) {
    for (const auto& line : unseen) environment.err << "not seen: " << line << "\n";
  }
  if (!json) {
    if (evidence.account) {
      for (const auto& owner : evidence.account->waiting()) {
        environment.out << owner << ": has no address yet; kubectl describe service\n";
      }
    }
    if (none) environment.out << "no address is known here\n";
  }
  return !none || unseen.empty();
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
  if (!options.address && !tell_of_rest(environment, evidence, asked.empty(), options.json)) {
    answers = false;
  }
  return answers ? kSuccess : kFailure;
}

}  // namespace isat

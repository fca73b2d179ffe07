// SPDX-License-Identifier: Apache-2.0
// MetalLB's series for the same facts.
#include "control/metallb_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

#include "control/announced_metrics.h"

namespace isat {
namespace {

using testing::HasSubstr;
using testing::Not;

ActualAnnouncement actual(const Address& address, InterfaceIndex interface,
                          std::uint64_t answered) {
  ActualAnnouncement one{Announcement{{address, interface}, MacAddress{}}};
  one.answered = answered;
  return one;
}

TEST(MetallbMetrics, OnlyWhatIsAnnouncedHasSeries) {
  const auto here = *Address::parse("192.0.2.1");
  const auto elsewhere = *Address::parse("192.0.2.2");
  Assignments assignments;
  assignments.apply({{{{"n/web", here}, any_node()},
                      {{"n/too", here}, any_node()},
                      {{"n/far", elsewhere}, any_node()}},
                     {}});
  SourceReport source;
  source.updates = 7;
  source.update_errors = 2;
  source.problems = {{"IPAddressPool m/lan", "x"}};
  const auto text = prometheus::TextSerializer().Serialize(
      metallb_metrics({"node-a",
                       assignments,
                       {actual(here, 1, 3), actual(here, 2, 4)},
                       {{here, 10}, {elsewhere, 20}},
                       source,
                       true}));
  for (const auto* series :
       {"metallb_speaker_announced{service=\"n/web\",protocol=\"layer2\",node=\"node-a\","
        "ip=\"192.0.2.1\"} 1\n",
        "metallb_speaker_announced{service=\"n/too\",", "# TYPE metallb_speaker_announced gauge\n",
        "metallb_layer2_requests_received{ip=\"192.0.2.1\"} 7\n",
        "metallb_layer2_responses_sent{ip=\"192.0.2.1\"} 7\n",
        "metallb_layer2_gratuitous_sent{ip=\"192.0.2.1\"} 10\n",
        "metallb_k8s_client_updates_total 7\n", "metallb_k8s_client_update_errors_total 2\n",
        "metallb_k8s_client_config_loaded_bool 1\n", "metallb_k8s_client_config_stale_bool 1\n"}) {
    EXPECT_THAT(text, HasSubstr(series));
  }
  EXPECT_THAT(text, Not(HasSubstr("192.0.2.2")));
}

// The series with an address, the one of the others, and the sum of all.
struct Shape {
  std::size_t series = 0;
  double others = 0;
  double sum = 0;
};

Shape shape_of(const std::vector<prometheus::MetricFamily>& families, const std::string& name) {
  Shape shape;
  for (const auto& family : families) {
    if (family.name != name) continue;
    for (const auto& one : family.metric) {
      const auto value =
          family.type == prometheus::MetricType::Gauge ? one.gauge.value : one.counter.value;
      shape.sum += value;
      if (one.label.back().value == "others") {
        shape.others = value;
      } else {
        ++shape.series;
      }
    }
  }
  return shape;
}

TEST(MetallbMetrics, AreBoundedAndLoseNothing) {
  Assignments assignments;
  AssignmentChange change;
  std::vector<ActualAnnouncement> announced;
  std::map<Address, std::uint64_t> gratuitous;
  for (int i = 0; i < 300; ++i) {
    const auto address =
        *Address::parse("10.0." + std::to_string(i / 256) + "." + std::to_string(i % 256));
    change.added.push_back({{"n/one", address}, any_node()});
    change.added.push_back({{"n/two", address}, any_node()});
    announced.push_back(actual(address, 1, 3));
    gratuitous[address] = 2;
  }
  assignments.apply(change);
  const SourceReport source;
  const auto families =
      metallb_metrics({"node-a", assignments, announced, gratuitous, source, true});
  for (const auto& [name, each] :
       std::map<std::string, int>{{"metallb_layer2_requests_received", 3},
                                  {"metallb_layer2_responses_sent", 3},
                                  {"metallb_layer2_gratuitous_sent", 2}}) {
    const auto shape = shape_of(families, name);
    EXPECT_EQ(shape.series, kAddressesShown) << name;
    EXPECT_EQ(shape.others, 44 * each) << name;
    EXPECT_EQ(shape.sum, 300 * each) << name;
  }
  const auto services = shape_of(families, "metallb_speaker_announced");
  EXPECT_EQ(services.series, kAddressesShown) << "of Services and addresses, not of addresses";
  EXPECT_EQ(services.sum, 600);
}

TEST(MetallbMetrics, AsManyAsAreShownNeedNoOthers) {
  const Assignments assignments;
  std::vector<ActualAnnouncement> announced;
  for (std::size_t i = 0; i < kAddressesShown; ++i) {
    announced.push_back(actual(*Address::parse("10.0.0." + std::to_string(i)), 1, 0));
  }
  const SourceReport source;
  const auto text = prometheus::TextSerializer().Serialize(
      metallb_metrics({"node-a", assignments, announced, {}, source, true}));
  EXPECT_THAT(text, Not(HasSubstr("others")));
}

}  // namespace
}  // namespace isat

// SPDX-License-Identifier: Apache-2.0
// MetalLB's series for the same facts.
#include "control/metallb_metrics.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <prometheus/text_serializer.h>

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

}  // namespace
}  // namespace isat

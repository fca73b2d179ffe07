// SPDX-License-Identifier: Apache-2.0
// The commands that meet the kernel: status, watch, detach and replay beside a real data plane.
#include <bpf/bpf.h>
#include <gmock/gmock.h>
#include <unistd.h>

#include <algorithm>
#include <array>
#include <csignal>
#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <set>
#include <sstream>
#include <thread>

#include "control/boot_clock.h"
#include "control/command_line.h"
#include "control/pcap_file.h"
#include "dataplane/event_tap.h"
#include "dataplane/hook_attachment.h"
#include "dataplane/outcome.h"
#include "dataplane/responder_object.h"
#include "dataplane/xdp_data_plane.h"
#include "tests/frames/solicitation.h"
#include "tests/kernel/lab.h"
#include "tests/kernel/running_kernel.h"

namespace isat {
namespace {

using frames::kTarget4;
using frames::kTarget6;
using nlohmann::json;
using testing::AllOf;
using testing::HasSubstr;
using testing::IsEmpty;
using testing::Not;

class CommandTest : public testing::Test {
 protected:
  CommandTest() {
    std::string name = testing::TempDir() + "command_XXXXXX";
    folder_ = ::mkdtemp(name.data());
  }
  ~CommandTest() override { std::filesystem::remove_all(folder_); }

  int run(const std::vector<std::string>& arguments) {
    out_.str("");
    err_.str("");
    return isat::run({out_, err_, [](const std::string&) { return std::nullopt; }}, arguments);
  }
  json status() {
    EXPECT_EQ(run({"status", "--pin", lab_.pin(), "-o", "json"}), kSuccess) << err_.str();
    return json::parse(out_.str());
  }

  std::unique_ptr<XdpDataPlane> open(std::uint32_t capacity = 64) {
    auto plane = XdpDataPlane::open({lab_.pin(), capacity, {}});
    EXPECT_TRUE(plane) << plane.error().message;
    return plane ? std::move(*plane) : nullptr;
  }
  // Attached to near, both targets announced.
  std::unique_ptr<XdpDataPlane> serving(std::uint32_t capacity = 64) {
    auto plane = open(capacity);
    EXPECT_TRUE(plane->attach(lab_.near(), AttachMode::kAuto));
    EXPECT_TRUE(plane->announce({{kTarget6, lab_.near().index}, lab_.near().mac}));
    EXPECT_TRUE(plane->announce({{kTarget4, lab_.near().index}, lab_.near().mac}));
    EXPECT_TRUE(plane->commit());
    return plane;
  }
  // As if another build had pinned what is there.
  void forge_layout() const {
    const FileDescriptor layout(bpf_obj_get((lab_.pin() + "/layout").c_str()));
    const std::uint32_t zero = 0;
    const std::uint64_t other = 1;
    ASSERT_EQ(bpf_map_update_elem(layout.get(), &zero, &other, BPF_ANY), 0);
  }
  [[nodiscard]] std::size_t taps() const {
    const FileDescriptor map(bpf_obj_get((lab_.pin() + "/taps").c_str()));
    std::size_t count = 0;
    for (std::uint32_t slot = 0; slot < TAP_SLOTS; slot++) {
      std::uint32_t id = 0;
      if (bpf_map_lookup_elem(map.get(), &slot, &id) == 0) count++;
    }
    return count;
  }
  // A rival's announcement of our address: a conflict.
  [[nodiscard]] static frames::Frame claim() {
    return frames::arp({.sender_mac = frames::kRival, .sender = kTarget4, .target = kTarget4});
  }

  test::Lab lab_;
  std::filesystem::path folder_;
  std::ostringstream out_;
  std::ostringstream err_;
};

TEST_F(CommandTest, StatusBesideASpeaker) {
  const auto plane = serving();
  ASSERT_TRUE(plane->vouch_until(boot_now() + std::chrono::seconds(100)));
  EXPECT_TRUE(lab_.answers(frames::arp()));
  const auto shown = status();
  EXPECT_EQ(shown["pin"], lab_.pin());
  EXPECT_EQ(shown["speaker"], json({{"running", true}, {"pid", ::getpid()}}));
  EXPECT_EQ(shown["deadline"]["state"], "ahead");
  EXPECT_NEAR(shown["deadline"]["seconds_left"].get<double>(), 100, 5);
  EXPECT_EQ(shown["capacity"], 64);
  EXPECT_EQ(shown["in_use"], json({{"ipv4", 1}, {"ipv6", 1}}));
  ASSERT_EQ(shown["attachments"].size(), 1U);
  EXPECT_EQ(shown["attachments"][0]["interface"], "near");
  EXPECT_EQ(shown["attachments"][0]["mode"], "tc");
  EXPECT_EQ(shown["attachments"][0]["attached"], true);
  EXPECT_NE(shown["attachments"][0]["reason"], "");
  ASSERT_EQ(shown["announcements"].size(), 2U);
  EXPECT_EQ(shown["announcements"][0], json({{"address", "192.0.2.10"},
                                             {"interface", "near"},
                                             {"ifindex", lab_.near().index},
                                             {"mac", "02:00:5e:00:00:01"},
                                             {"answered", 1},
                                             {"yielded", false}}));
  EXPECT_EQ(shown["announcements"][1]["address"], "2001:db8::10");
  EXPECT_EQ(shown["totals"]["arp"]["answered"], 1);
}

TEST_F(CommandTest, StatusWithoutASpeaker) {
  serving().reset();
  EXPECT_EQ(status()["speaker"], json({{"running", false}}));
  EXPECT_EQ(status()["announcements"].size(), 2U);
  ASSERT_EQ(run({"status", "--pin", lab_.pin()}), kSuccess);
  EXPECT_THAT(out_.str(), AllOf(HasSubstr("speaker   not running\n"),
                                HasSubstr("\n192.0.2.10    near       02:00:5e:00:00:01  0  ")));
  EXPECT_NE(open(), nullptr) << "status left a lock behind";
}

TEST_F(CommandTest, StatusSaysThatAnInterfaceIsGone) {
  const auto plane = serving();
  lab_.run("ip link del near");
  EXPECT_EQ(status()["attachments"][0]["attached"], false);
}

TEST_F(CommandTest, PinsOfAnotherBuildAreNotMisread) {
  serving().reset();
  forge_layout();
  for (const char* command : {"status", "watch"}) {
    EXPECT_EQ(run({command, "--pin", lab_.pin()}), kFailure);
    EXPECT_EQ(err_.str(),
              "read " + lab_.pin() +
                  ": pinned by another build of isat; use the `isat` that runs there\n");
  }
}

TEST_F(CommandTest, DetachTakesEverythingAway) {
  serving().reset();
  EXPECT_TRUE(lab_.answers(frames::arp()));
  EXPECT_EQ(run({"detach", "--pin", lab_.pin()}), kSuccess) << err_.str();
  EXPECT_EQ(out_.str(), "detached " + test::tc_pin(lab_.near().index) +
                            "\nnothing of isat is left in " + lab_.pin() + "\n");
  EXPECT_FALSE(lab_.answers(frames::arp()));
  EXPECT_FALSE(std::filesystem::exists(lab_.pin()));
  EXPECT_EQ(run({"detach", "--pin", lab_.pin()}), kSuccess) << "again is nothing";
}

TEST_F(CommandTest, DetachRefusesBesideASpeaker) {
  const auto plane = serving();
  EXPECT_EQ(run({"detach", "--pin", lab_.pin()}), kFailure);
  EXPECT_THAT(err_.str(), HasSubstr("another isat speaker runs on these pins; stop it"));
  EXPECT_TRUE(lab_.answers(frames::arp()));
}

TEST_F(CommandTest, DetachClearsAwayAnotherBuildAndAnUnfinishedReplacement) {
  serving(64).reset();
  open(128).reset();
  EXPECT_TRUE(std::filesystem::exists(lab_.pin() + "/next"));
  forge_layout();
  EXPECT_EQ(run({"detach", "--pin", lab_.pin()}), kSuccess) << err_.str();
  EXPECT_FALSE(lab_.answers(frames::arp()));
  EXPECT_FALSE(std::filesystem::exists(lab_.pin()));
}

TEST_F(CommandTest, DetachLeavesWhatIsNotOurs) {
  serving().reset();
  const FileDescriptor strange(bpf_map_create(BPF_MAP_TYPE_ARRAY, "strange", 4, 4, 1, nullptr));
  const auto path = lab_.pin() + "/strange";
  ASSERT_EQ(bpf_obj_pin(strange.get(), path.c_str()), 0);
  EXPECT_EQ(run({"detach", "--pin", lab_.pin()}), kSuccess);
  EXPECT_EQ(err_.str(), "warning: left " + path + ": not isat's\n");
  EXPECT_TRUE(std::filesystem::exists(path));
}

TEST_F(CommandTest, DetachRemovesAFilterAndTheQdiscMadeForIt) {
  {
    const auto plane = open();  // for the maps
    const auto maps = ResponderMaps::open(lab_.pin());
    const auto pins = PinDirectory::lock(lab_.pin() + "-filter");
    const auto index = lab_.near().index;
    const auto program = ResponderObject::load_program(Hook::kTc, {index, 0, false, false}, *maps);
    ASSERT_TRUE(FilterAttachment::attach(*program, index, *pins));
    struct attached row {};
    row.ifindex = index;
    row.owns_qdisc = 1;
    const std::uint32_t slot = 0;
    ASSERT_EQ(bpf_map_update_elem(maps->descriptor("attached"), &slot, &row, BPF_ANY), 0);
    const auto pin = "/tc_" + std::to_string(index);
    std::filesystem::rename(lab_.pin() + "-filter" + pin, lab_.pin() + pin);
    std::filesystem::remove(lab_.pin() + "-filter");
  }
  EXPECT_EQ(run({"detach", "--pin", lab_.pin()}), kSuccess) << err_.str();
  EXPECT_NE(std::system("tc qdisc show dev near | grep -q clsact"), 0);
  EXPECT_FALSE(std::filesystem::exists(lab_.pin()));
}

TEST_F(CommandTest, WatchShowsAConflictUntilInterrupted) {
  const auto plane = serving();
  for (const bool as_json : {false, true}) {
    int ended = -1;
    std::thread watching([&] {
      ended = as_json ? run({"watch", "--pin", lab_.pin(), "-o", "json"})
                      : run({"watch", "--pin", lab_.pin()});
    });
    for (int i = 0; i < 200 && taps() == 0; i++) ::usleep(10'000);
    EXPECT_EQ(taps(), 1U);
    if (as_json) ::sleep(1);  // one conflict a second is let through
    lab_.send(claim());
    ::usleep(300'000);
    ASSERT_EQ(::kill(::getpid(), SIGTERM), 0);
    watching.join();
    EXPECT_EQ(ended, kSuccess);
    EXPECT_EQ(err_.str(), "");
    EXPECT_EQ(taps(), 0U) << "the tap is taken out again";
    if (!as_json) {
      EXPECT_THAT(out_.str(),
                  HasSubstr(" near conflict: 192.0.2.10 is also claimed by 02:00:5e:00:00:66\n"));
    } else {
      const auto event = json::parse(out_.str());
      EXPECT_EQ(event["kind"], "conflict");
      EXPECT_EQ(event["mac"], "02:00:5e:00:00:66");
    }
  }
}

TEST_F(CommandTest, WatchEndsWithThePins) {
  serving().reset();
  int ended = -1;
  std::thread watching([&] { ended = run({"watch", "--pin", lab_.pin()}); });
  for (int i = 0; i < 200 && taps() == 0; i++) ::usleep(10'000);
  std::filesystem::remove_all(lab_.pin());
  watching.join();
  EXPECT_EQ(ended, kFailure);
  EXPECT_THAT(err_.str(), HasSubstr("keep a place in " + lab_.pin() + "/taps: "));
}

TEST_F(CommandTest, TheOldestTapMakesRoom) {
  const auto plane = serving();
  std::vector<std::unique_ptr<EventTap>> open_taps;
  for (int i = 0; i < TAP_SLOTS; i++) open_taps.push_back(std::move(*EventTap::open(lab_.pin())));
  for (const auto& tap : open_taps) EXPECT_TRUE(tap->keep());
  const auto newest = *EventTap::open(lab_.pin());
  const auto ousted = open_taps[0]->keep();
  ASSERT_FALSE(ousted);
  EXPECT_EQ(ousted.error().code, EBUSY);
  for (std::size_t i = 1; i < open_taps.size(); i++) EXPECT_TRUE(open_taps[i]->keep()) << i;
  open_taps[0].reset();
  EXPECT_TRUE(newest->keep()) << "the ousted one took its successor's ring out";
  lab_.send(claim());
  ::usleep(100'000);
  EXPECT_EQ(newest->events().process().size(), 1U);
  EXPECT_EQ(open_taps[1]->events().process().size(), 1U);
}

// Two that start at once see the same place free, and both write there.
TEST_F(CommandTest, ATapThatWasOverwrittenTakesAFreePlace) {
  const auto plane = serving();
  const auto first = *EventTap::open(lab_.pin());
  const auto second = *EventTap::open(lab_.pin());
  const FileDescriptor taps_map(bpf_obj_get((lab_.pin() + "/taps").c_str()));
  std::array<std::uint32_t, TAP_SLOTS> rings{};
  for (std::uint32_t slot = 0; slot < TAP_SLOTS; slot++) {
    bpf_map_lookup_elem(taps_map.get(), &slot, &rings[slot]);
  }
  const auto newer = std::max_element(rings.begin(), rings.end());
  const FileDescriptor ring(bpf_map_get_fd_by_id(*newer));
  for (std::uint32_t slot = 0; slot < TAP_SLOTS; slot++) {
    const int descriptor = ring.get();
    if (rings[slot] == 0) continue;
    ASSERT_EQ(bpf_map_update_elem(taps_map.get(), &slot, &descriptor, BPF_ANY), 0);
  }
  ASSERT_TRUE(first->keep()) << "there are free places";
  ASSERT_TRUE(second->keep());
  lab_.send(claim());
  ::usleep(100'000);
  EXPECT_EQ(first->events().process().size(), 1U);
  EXPECT_THAT(second->events().process(), Not(IsEmpty()));
}

TEST_F(CommandTest, ATapFollowsAnUpgrade) {
  auto plane = serving(64);
  const auto tap = *EventTap::open(lab_.pin());
  plane.reset();
  plane = serving(128);
  EXPECT_EQ(taps(), 0U);
  ASSERT_TRUE(tap->keep());
  EXPECT_EQ(taps(), 1U);
  lab_.send(claim());
  ::usleep(100'000);
  EXPECT_EQ(tap->events().process().size(), 1U);
}

// Every row that a lone frame can show: no tag beside the frame, no deadline, no yield.
std::vector<frames::Solicitation> replayable() {
  std::vector<frames::Solicitation> rows;
  for (auto& row : frames::solicitations()) {
    const auto& setting = row.setting;
    if (row.has_hidden_tag() || setting.strict || setting.yielded || setting.observe ||
        setting.deadline != frames::Setting::Deadline::kNone) {
      continue;
    }
    rows.push_back(std::move(row));
  }
  return rows;
}

TEST_F(CommandTest, ReplaySaysOfEveryFrameWhatTheTableSays) {
  const auto rows = replayable();
  ASSERT_GT(rows.size(), 50U);
  const auto in = (folder_ / "in.pcap").string();
  const auto out = (folder_ / "out.pcap").string();
  auto writer = *PcapWriter::open(in);
  for (const auto& row : rows) writer.write(row.frame, {5, 6});
  ASSERT_TRUE(writer.finish());
  const auto config = folder_ / "isat.yaml";
  std::ofstream(config) << "addresses: ['192.0.2.10', '192.0.2.150', '2001:db8::10']\n";
  ASSERT_EQ(run({"replay", "--config", config, in, out, "-o", "json", "--mac",
                 frames::kOurs.to_string()}),
            kSuccess)
      << err_.str();

  auto replies = *PcapReader::open(out);
  std::istringstream lines(out_.str());
  std::size_t number = 0;
  for (const auto& row : rows) {
    std::string line;
    ASSERT_TRUE(std::getline(lines, line)) << row.name;
    json expected = {{"frame", ++number},
                     {"family", family_name(row.family)},
                     {"outcome", outcome_name(row.outcome)},
                     {"action", row.reply ? "tx" : "pass"}};
    if (row.reply) {
      std::string hex;
      for (const auto byte : *row.reply) {
        char text[3];
        std::snprintf(text, sizeof text, "%02x", byte);
        hex += text;
      }
      expected["reply"] = hex;
      const auto reply = *replies.next();
      ASSERT_TRUE(reply) << row.name;
      EXPECT_EQ(frames::difference(*row.reply, reply->bytes), "") << row.name;
      EXPECT_EQ(reply->time.tv_sec, 5);
    }
    EXPECT_EQ(json::parse(line), expected) << row.name;
  }
  EXPECT_FALSE(*replies.next());
  EXPECT_FALSE(std::filesystem::exists(lab_.pin())) << "replay pins nothing";
}

TEST_F(CommandTest, ReplayHonoursObserveAndWarnsOfCutFrames) {
  const auto in = (folder_ / "in.pcap").string();
  auto writer = *PcapWriter::open(in);
  writer.write(frames::arp(), {});
  ASSERT_TRUE(writer.finish());
  // The length on the wire is the last field of the record's header (24 bytes file, 16 record).
  std::fstream file(in, std::ios::in | std::ios::out | std::ios::binary);
  file.seekp(24 + 12);
  file.put(60);
  file.close();
  const auto config = folder_ / "isat.yaml";
  std::ofstream(config) << "addresses: ['192.0.2.10']\nmode: observe\n";
  ASSERT_EQ(run({"replay", "--config", config, in, folder_ / "out.pcap"}), kSuccess) << err_.str();
  EXPECT_EQ(out_.str(), "     1  arp    answered          pass\n");
  EXPECT_THAT(err_.str(), HasSubstr("frame 1 and perhaps more were cut when captured (42 of 60"));
}

}  // namespace
}  // namespace isat

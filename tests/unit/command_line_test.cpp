// SPDX-License-Identifier: Apache-2.0
// The whole program, called as a user would.
#include "control/command_line.h"

#include <gmock/gmock.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <nlohmann/json.hpp>
#include <sstream>

#include "control/pcap_file.h"

namespace isat {
namespace {

using nlohmann::json;
using testing::AllOf;
using testing::EndsWith;
using testing::HasSubstr;
using testing::Not;
using testing::StartsWith;

const std::vector<std::string> kCommands = {"run", "check", "status", "watch", "replay", "detach"};

class CommandLineTest : public testing::Test {
 protected:
  void SetUp() override {
    std::string name = testing::TempDir() + "command_line_XXXXXX";
    ASSERT_NE(::mkdtemp(name.data()), nullptr);
    folder = name;
  }
  void TearDown() override { std::filesystem::remove_all(folder); }

  int run(const std::vector<std::string>& arguments) {
    out.str("");
    err.str("");
    return isat::run({out, err, [](const std::string&) { return std::nullopt; }}, arguments);
  }

  std::string write(const char* name, const std::string& text) {
    const std::string path = folder / name;
    std::ofstream(path) << text;
    return path;
  }

  std::filesystem::path folder;
  std::ostringstream out;
  std::ostringstream err;
};

TEST_F(CommandLineTest, HelpListsEveryCommandAndTheExitStatus) {
  EXPECT_EQ(run({"--help"}), kSuccess);
  for (const auto& command : kCommands) EXPECT_THAT(out.str(), HasSubstr("\n  " + command + " "));
  EXPECT_THAT(out.str(), HasSubstr("Exit status: 0 success, 1 failure"));
  EXPECT_EQ(err.str(), "");
}

TEST_F(CommandLineTest, HelpOfEveryCommandHasAnExampleOfIt) {
  for (const auto& command : kCommands) {
    EXPECT_EQ(run({command, "--help"}), kSuccess);
    EXPECT_THAT(out.str(), AllOf(HasSubstr("Example:\n"), HasSubstr("isat " + command),
                                 HasSubstr("Exit status: 0")))
        << command;
  }
}

TEST_F(CommandLineTest, Version) {
  EXPECT_EQ(run({"--version"}), kSuccess);
  EXPECT_EQ(out.str(), "isat " ISAT_VERSION "\n");
}

TEST_F(CommandLineTest, WrongUseIsTwoAndPointsToHelp) {
  const std::vector<std::vector<std::string>> wrong = {
      {},
      {"dance"},
      {"run"},
      {"check"},
      {"check", "--config"},
      {"check", "--config", "a", "--config", "b"},
      {"check", "--config", "a", "-o", "xml"},
      {"status", "stray"},
      {"status", "watch"},
      {"detach", "-o", "json"},
      {"detach", "--pin", "a", "--config", "b"},
      {"document"},
      {"document", "dance"},
      {"replay", "--config", "a", "in.pcap"},
      {"replay", "--config", "a", "in.pcap", "out.pcap", "--mac", "02:00"},
  };
  for (const auto& arguments : wrong) {
    EXPECT_EQ(run(arguments), kUsage) << testing::PrintToString(arguments);
    EXPECT_THAT(err.str(), HasSubstr("--help")) << testing::PrintToString(arguments);
    EXPECT_EQ(out.str(), "") << testing::PrintToString(arguments);
  }
}

TEST_F(CommandLineTest, UnknownCommandIsNamed) {
  EXPECT_EQ(run({"chek", "--config", "a"}), kUsage);
  EXPECT_EQ(err.str(), "no command 'chek'\nRun with --help for the commands.\n");
}

TEST_F(CommandLineTest, CheckOfAValidFile) {
  const auto path = write("isat.yaml", "source: file\naddresses: [192.0.2.10, 192.0.2.32/30]\n");
  EXPECT_EQ(run({"check", "--config", path}), kSuccess);
  EXPECT_EQ(out.str(), path +
                           ": valid: 5 addresses, source file, attach auto, mode answer, pin "
                           "/sys/fs/bpf/isat\n");
  EXPECT_EQ(err.str(), "");
}

TEST_F(CommandLineTest, CheckOfAnInvalidFileIsOneLine) {
  const auto path = write("isat.yaml", "source: file\nadresses: [192.0.2.10]\n");
  EXPECT_EQ(run({"check", "--config", path}), kFailure);
  EXPECT_EQ(out.str(), "");
  EXPECT_THAT(err.str(), AllOf(StartsWith(path + ":2:"), EndsWith("\n")));
  const auto message = err.str().substr(0, err.str().size() - 1);
  EXPECT_EQ(message.find('\n'), std::string::npos);

  EXPECT_EQ(run({"check", "--config", path, "-o", "json"}), kFailure);
  EXPECT_EQ(json::parse(out.str()), json({{"valid", false}, {"error", message}}));
  EXPECT_EQ(err.str(), "");
}

TEST_F(CommandLineTest, CheckShowsTheEffectiveConfigurationWhichReadsBackTheSame) {
  const auto path = write("isat.yaml", R"(
source: file
interfaces: ["eth.*"]
exclude_interfaces: []
attach: tc
pin: /sys/fs/bpf/other
capacity: 100
addresses:
  - 192.0.2.10-192.0.2.12
  - {address: "2001:db8::10", interfaces: [eth1]}
announce: {rounds: 3, interval: 1.1s, refresh: 90s}
multicast_groups_max: 7
on_exit: withdraw
mode: observe
after_deadline: silent
metrics: {listen: "[::1]:7472"}
log: {level: debug, format: json}
)");
  ASSERT_EQ(run({"check", "--config", path, "-o", "json"}), kSuccess) << err.str() << out.str();
  const auto shown = json::parse(out.str());
  EXPECT_EQ(shown["valid"], true);
  EXPECT_EQ(shown["warnings"], json::array());
  const auto& effective = shown["configuration"];
  EXPECT_EQ(effective["addresses"],
            json({"192.0.2.10",
                  "192.0.2.11",
                  "192.0.2.12",
                  {{"address", "2001:db8::10"}, {"interfaces", {"eth1"}}}}));
  EXPECT_EQ(effective["announce"], json({{"rounds", 3}, {"interval", "1.1s"}, {"refresh", "90s"}}));
  EXPECT_EQ(effective["mode"], "observe");

  const auto again = write("again.yaml", effective.dump());
  ASSERT_EQ(run({"check", "--config", again, "-o", "json"}), kSuccess) << out.str();
  EXPECT_EQ(json::parse(out.str()), shown);
}

TEST_F(CommandLineTest, CheckOfAKubernetesConfigurationReadsBackTheSame) {
  const auto path = write("isat.yaml", "source: kubernetes\nkubernetes: {membership: none}\n");
  ASSERT_EQ(run({"check", "--config", path, "-o", "json"}), kSuccess) << out.str();
  const auto shown = json::parse(out.str());
  const auto again = write("again.yaml", shown["configuration"].dump());
  ASSERT_EQ(run({"check", "--config", again, "-o", "json"}), kSuccess) << out.str();
  EXPECT_EQ(json::parse(out.str()), shown);
  EXPECT_EQ(run({"check", "--config", path}), kSuccess);
  EXPECT_THAT(out.str(), HasSubstr(": valid: source kubernetes, attach auto"));
}

TEST_F(CommandLineTest, CheckWarnsOfTooManyMulticastGroups) {
  // Three addresses, but two of them share their last 24 bits and so their group.
  const std::string addresses = "addresses: ['2001:db8::1', '2001:db8:1::1', '2001:db8::2']\n";
  EXPECT_EQ(run({"check", "--config", write("two.yaml", addresses + "multicast_groups_max: 2\n")}),
            kSuccess);
  EXPECT_EQ(err.str(), "");
  const auto path = write("one.yaml", addresses + "multicast_groups_max: 1\n");
  EXPECT_EQ(run({"check", "--config", path}), kSuccess);
  EXPECT_THAT(err.str(), AllOf(StartsWith(path + ": warning: IPv6 needs 2 multicast groups"),
                               HasSubstr("more than 1 (multicast_groups_max)")));
  EXPECT_EQ(run({"check", "--config", path, "-o", "json"}), kSuccess);
  EXPECT_EQ(json::parse(out.str())["warnings"].size(), 1u);
}

TEST_F(CommandLineTest, StatusAndWatchWithoutPinsNameTheMend) {
  for (const char* command : {"status", "watch"}) {
    EXPECT_EQ(run({command, "--pin", folder / "none"}), kFailure);
    EXPECT_EQ(err.str(), "read " + (folder / "none").string() +
                             ": isat is not set up there; start it with `isat run`, or name its "
                             "directory with --pin\n");
    EXPECT_EQ(out.str(), "");
  }
}

TEST_F(CommandLineTest, DetachOfNothingIsSuccess) {
  EXPECT_EQ(run({"detach", "--pin", folder / "none"}), kSuccess);
  EXPECT_EQ(out.str(), "nothing of isat is left in " + (folder / "none").string() + "\n");
}

TEST_F(CommandLineTest, DetachFindsTheDirectoryInAConfiguration) {
  const auto path = write("isat.yaml", "pin: " + (folder / "none").string() + "\n");
  EXPECT_EQ(run({"detach", "--config", path}), kSuccess);
  EXPECT_EQ(out.str(), "nothing of isat is left in " + (folder / "none").string() + "\n");
  EXPECT_EQ(run({"detach", "--config", write("wrong.yaml", "pin: []\n")}), kFailure);
  EXPECT_THAT(err.str(), HasSubstr("wrong.yaml:1: pin: "));
}

TEST_F(CommandLineTest, DocumentsEveryCommandButItself) {
  for (const char* what : {"manual-page", "bash-completion"}) {
    EXPECT_EQ(run({"document", what}), kSuccess);
    for (const auto& command : kCommands) EXPECT_THAT(out.str(), HasSubstr(command)) << what;
    EXPECT_THAT(out.str(), Not(HasSubstr("document"))) << what;
  }
}

TEST_F(CommandLineTest, DetachRefusesADirectoryThatIsNoBpffs) {
  EXPECT_EQ(run({"detach", "--pin", folder}), kFailure);
  EXPECT_THAT(err.str(), HasSubstr("not a BPF file system"));
  EXPECT_TRUE(std::filesystem::exists(folder));
}

TEST_F(CommandLineTest, ReplayRefusesWhatItCannotUse) {
  const auto config = write("isat.yaml", "addresses: [192.0.2.10]\n");
  const auto in = (folder / "in.pcap").string();
  ASSERT_TRUE(PcapWriter::open(in)->finish());

  EXPECT_EQ(run({"replay", "--config", config, in, in}), kFailure);
  EXPECT_EQ(err.str(), "write capture " + in + ": it is the input; name another file\n");

  const auto kubernetes = write("kubernetes.yaml", "source: kubernetes\n");
  EXPECT_EQ(run({"replay", "--config", kubernetes, in, folder / "out.pcap"}), kFailure);
  EXPECT_THAT(err.str(), HasSubstr("only `source: file` says which addresses are announced"));

  EXPECT_EQ(run({"replay", "--config", folder / "none.yaml", in, folder / "out.pcap"}), kFailure);
  EXPECT_THAT(err.str(), HasSubstr("none.yaml"));
  EXPECT_FALSE(std::filesystem::exists(folder / "out.pcap"));
}

}  // namespace
}  // namespace isat

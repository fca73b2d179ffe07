// SPDX-License-Identifier: Apache-2.0
// The configuration file: every setting, and every way to get it wrong.
#include "control/configuration.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>
#include <rapidcheck/gtest.h>
#include <sys/stat.h>
#include <unistd.h>

#include <filesystem>
#include <fstream>
#include <iterator>
#include <string>

#include "tests/requirement.h"

namespace isat {
namespace {

using namespace std::chrono_literals;
using testing::HasSubstr;

std::string slurp(const std::string& path) {
  std::ifstream file(path);
  return {std::istreambuf_iterator<char>(file), {}};
}

const std::string kExample = std::string(ISAT_SOURCE_DIR) + "/deploy/isat.yaml";

Configuration accepted(const std::string& text) {
  auto parsed = parse_configuration(text, "isat.yaml");
  EXPECT_TRUE(parsed) << text << "\n" << (parsed ? "" : parsed.error().message);
  return parsed.value_or(Configuration{});
}

std::string refusal(const std::string& text) {
  const auto parsed = parse_configuration(text, "isat.yaml");
  return parsed ? "accepted" : parsed.error().message;
}

TEST(Configuration, EveryKeyIsRead) {
  const auto read = accepted(R"(source: kubernetes
interfaces: [eth0, "enp.*"]
exclude_interfaces: ["wl.*"]
attach: tc
pin: /run/isat
capacity: 1000
announce: {rounds: 3, interval: 500ms, refresh: 5m}
multicast_groups_max: 10
on_exit: withdraw
mode: observe
after_deadline: silent
metrics: {listen: "[::1]:9000"}
log: {level: debug, format: json}
kubernetes:
  kubeconfig: /root/.kube/config
  namespace: a
  metallb_namespace: b
  load_balancer_class: example.org/isat
  ignore_exclude_lb: true
  membership: none
  failback: false
  match_subnet: true
  lease: {duration: 10s, renew: 2s, restart_grace: 0s}
)");
  Configuration expected;
  expected.source = SourceKind::kKubernetes;
  expected.interfaces = {"eth0", "enp.*"};
  expected.exclude_interfaces = {"wl.*"};
  expected.attach = AttachMode::kTc;
  expected.pin = "/run/isat";
  expected.capacity = 1000;
  expected.announce = {3, 500ms, 300s};
  expected.multicast_groups_max = 10;
  expected.on_exit = OnExit::kWithdraw;
  expected.mode = Mode::kObserve;
  expected.after_deadline = AfterDeadline::kSilent;
  expected.metrics_listen = "[::1]:9000";
  expected.log_level = "debug";
  expected.log_format = "json";
  expected.kubernetes = {"/root/.kube/config",  "a",   "b",  "example.org/isat", true,
                         MembershipKind::kNone, false, true, {10s, 2s, 0s}};
  EXPECT_EQ(read, expected);
}

TEST(Configuration, AbsentKeysAreTheDefaults) {
  EXPECT_EQ(accepted("source: file"), Configuration{});
  EXPECT_EQ(accepted("source: file\nmetrics: {}\nannounce: {}\nlog: {}"), Configuration{});
}

TEST(Configuration, ChoicesAreAllRead) {
  EXPECT_EQ(accepted("attach: auto").attach, AttachMode::kAuto);
  EXPECT_EQ(accepted("attach: native").attach, AttachMode::kNative);
  EXPECT_EQ(accepted("attach: generic").attach, AttachMode::kGeneric);
  EXPECT_EQ(accepted("metrics: {listen: ''}").metrics_listen, "");
  EXPECT_EQ(accepted("announce: {refresh: 0s, rounds: 1}").announce,
            (AnnounceSettings{1, 1100ms, 0ms}));
  EXPECT_EQ(accepted("exclude_interfaces: []").exclude_interfaces, std::vector<std::string>{});
  EXPECT_EQ(accepted("interfaces: &few [eth0]\nexclude_interfaces: *few").exclude_interfaces,
            std::vector<std::string>{"eth0"});
}

TEST(Configuration, AddressesAreExpandedWithTheirLineAsOwner) {
  const auto read = accepted(
      "addresses:\n  - 192.0.2.10\n  - 192.0.2.32/31\n\n  - 2001:db8::1 - 2001:db8::2\n"
      "  - {address: \"2001:db8::10\", interfaces: [eth1, eth2]}\n  - address: 192.0.2.99\n");
  std::vector<std::string> seen;
  for (const auto& [key, candidacy, election_key] : read.addresses) {
    seen.push_back(key.owner + " " + key.address.to_string() + " " +
                   std::to_string(candidacy->any_other->interfaces.size()));
  }
  EXPECT_THAT(seen, testing::ElementsAre("isat.yaml:2 192.0.2.10 0", "isat.yaml:3 192.0.2.32 0",
                                         "isat.yaml:3 192.0.2.33 0", "isat.yaml:5 2001:db8::1 0",
                                         "isat.yaml:5 2001:db8::2 0", "isat.yaml:6 2001:db8::10 2",
                                         "isat.yaml:7 192.0.2.99 0"));
  EXPECT_EQ(read.addresses[5].candidacy->any_other->interfaces,
            (std::vector<std::string>{"eth1", "eth2"}));
}

TEST(Configuration, TheExampleParses) {
  const auto read = load_configuration(kExample);
  ASSERT_TRUE(read) << read.error().message;
  EXPECT_EQ(read->addresses.size(), 1U + 16 + 21 + 1);
  // It says that all else is the default.
  auto defaults = Configuration{};
  defaults.addresses = read->addresses;
  EXPECT_EQ(*read, defaults);
}

struct Mistake {
  const char* text;
  const char* message;  // behind "isat.yaml:"
};

class Refused : public testing::TestWithParam<Mistake> {};

TEST_P(Refused, WithLineFieldAndMend) {
  EXPECT_EQ(refusal(GetParam().text), std::string("isat.yaml:") + GetParam().message);
}

INSTANTIATE_TEST_SUITE_P(
    Fields, Refused,
    testing::Values(
        Mistake{"source: file\nadresses: []",
                "2: adresses: unknown field; the nearest known one is 'addresses'"},
        Mistake{"announce:\n  round: 1",
                "2: announce.round: unknown field; the nearest known one is 'rounds'"},
        Mistake{"addresses:\n  - adress: 192.0.2.1",
                "2: addresses.adress: unknown field; the nearest known one is 'address'"},
        Mistake{"kubernetes: {lease: {renewal: 1s}}\nsource: kubernetes",
                "1: kubernetes.lease.renewal: unknown field; the nearest known one is 'renew'"},
        Mistake{"mode: answer\npin: /a\nmode: observe",
                "3: mode: given twice, first on line 1; keep one of them"},
        Mistake{"log: {level: info, level: warn}",
                "1: log.level: given twice, first on line 1; keep one of them"},
        Mistake{"? [a, b]\n: 1", "1: document: the name of a field is a list; write a plain name"},
        Mistake{"- 192.0.2.1", "1: document: is a list; write lines of the form 'name: value'"},
        Mistake{"hello", "1: document: is a single value; write lines of the form 'name: value'"},
        Mistake{"pin: [a]", "1: pin: is a list; write a single value"},
        Mistake{"pin: {a: b}", "1: pin: is a map; write a single value"},
        Mistake{"pin:", "1: pin: has no value; write one or remove the line"},
        Mistake{"metrics: 1", "1: metrics: is a single value; write a map, or remove the line"},
        Mistake{"metrics:\nlog: {}", "1: metrics: is empty; write a map, or remove the line"},
        Mistake{"interfaces: eth0", "1: interfaces: is a single value; write a list, as in [a, b]"},
        Mistake{"interfaces: []", "1: interfaces: lists nothing; name one or remove the line"},
        Mistake{"interfaces:\n  - eth0\n  - [eth1]",
                "3: interfaces: is a list; write a single value"},
        Mistake{"interfaces:\n  - eth0\n  -",
                "3: interfaces: an item here or just above is empty; remove it"},
        Mistake{"pin: \"/a\\0b\"",
                "1: pin: '/a?b' holds a control character or a line break; remove it"},
        Mistake{"pin: \"/a\\x7f\"",
                "1: pin: '/a?' holds a control character or a line break; remove it"},
        // Of two mistakes the one that stands first is named, whatever is read first.
        Mistake{"capacity: 0\nsource: no",
                "1: capacity: '0' is no number in range; write 1 to 4194304"},
        Mistake{"\"bad\\nname\": 1",
                "1: bad?name: unknown field; the nearest known one is 'attach'"}));

INSTANTIATE_TEST_SUITE_P(
    Values, Refused,
    testing::Values(
        Mistake{"source: etcd", "1: source: 'etcd' is no choice; write file | kubernetes"},
        Mistake{"attach: xdp", "1: attach: 'xdp' is no choice; write auto | native | generic | tc"},
        Mistake{"on_exit: Keep", "1: on_exit: 'Keep' is no choice; write keep | withdraw"},
        Mistake{"mode: watch", "1: mode: 'watch' is no choice; write answer | observe"},
        Mistake{"after_deadline: x", "1: after_deadline: 'x' is no choice; write yield | silent"},
        Mistake{"log: {level: trace}",
                "1: log.level: 'trace' is no choice; write debug | info | warn | error"},
        Mistake{"log: {format: xml}", "1: log.format: 'xml' is no choice; write text | json"},
        Mistake{"pin: isat", "1: pin: 'isat' is not an absolute path; begin it with '/'"},
        Mistake{"capacity: 4194305",
                "1: capacity: '4194305' is no number in range; write 1 to 4194304"},
        Mistake{"capacity: many", "1: capacity: 'many' is no number in range; write 1 to 4194304"},
        Mistake{"announce: {rounds: 101}",
                "1: announce.rounds: '101' is no number in range; write 1 to 100"},
        Mistake{"announce: {rounds: 0}",
                "1: announce.rounds: '0' is no number in range; write 1 to 100"},
        Mistake{"announce: {interval: 99ms}",
                "1: announce.interval: '99ms' is out of range; write 100ms to 1m"},
        Mistake{"announce: {interval: 61s}",
                "1: announce.interval: '61s' is out of range; write 100ms to 1m"},
        Mistake{"announce: {interval: 0s}",
                "1: announce.interval: '0s' is out of range; write 100ms to 1m"},
        Mistake{"announce: {interval: 1.1}",
                "1: announce.interval: '1.1' is no duration; write one like 1.1s or 500ms"},
        Mistake{"announce: {refresh: 10ms}",
                "1: announce.refresh: '10ms' is out of range; write 1s to 24h, or 0s for never"},
        Mistake{"multicast_groups_max: -1",
                "1: multicast_groups_max: '-1' is no number in range; write 0 to 4194304"},
        Mistake{"metrics: {listen: localhost}",
                "1: metrics.listen: 'localhost' has no port from 1 to 65535; write HOST:PORT"},
        Mistake{"interfaces:\n  - eth0\n  - ''",
                "3: interfaces: an empty pattern matches no interface; remove it"}));

INSTANTIATE_TEST_SUITE_P(
    Sources, Refused,
    testing::Values(
        Mistake{
            "source: kubernetes\naddresses:\n  - 192.0.2.1",
            "2: addresses: not read with source: kubernetes, where Services have the addresses; "
            "remove them or write source: file"},
        Mistake{"kubernetes: {}\nsource: file",
                "1: kubernetes: not read with source: file; remove it or write source: kubernetes"},
        Mistake{"source: kubernetes\nkubernetes: {membership: raft}",
                "2: kubernetes.membership: 'raft' is no choice; write lease | none"},
        Mistake{
            "source: kubernetes\nkubernetes: {namespace: A}",
            "2: kubernetes.namespace: 'A' is no Kubernetes namespace; write lower-case letters, "
            "digits and '-'"},
        Mistake{
            "source: kubernetes\nkubernetes:\n  lease:\n    duration: 1s",
            "4: kubernetes.lease.renew: 1500ms is not below the duration 1s; write a third of it"},
        Mistake{
            "source: kubernetes\nkubernetes:\n  lease:\n    renew: 5s",
            "4: kubernetes.lease.renew: 5s is not below the duration 5s; write a third of it"}));

INSTANTIATE_TEST_SUITE_P(
    Addresses, Refused,
    testing::Values(
        Mistake{"addresses: 192.0.2.1",
                "1: addresses: is a single value; write a list, one '- ADDRESS' a line"},
        Mistake{"addresses:\n  -\n",
                "3: addresses: an entry here or just above is empty; remove it"},
        Mistake{"addresses:\n  - [192.0.2.1]\n",
                "2: addresses: an entry is a list; write an address or {address: ...}"},
        Mistake{"addresses:\n  - interfaces: [eth0]\n",
                "2: addresses: an entry has no address; write {address: ...}"},
        Mistake{"addresses:\n  - {address: 192.0.2.1, interfaces: []}\n",
                "2: addresses.interfaces: lists nothing; name one or remove the line"},
        Mistake{"addresses:\n  - {address: 192.0.2.1}\n  - {address: 192.0.2}\n",
                "3: addresses.address: '192.0.2' is not an IPv4 or IPv6 address; write ADDRESS, "
                "ADDRESS/PREFIX or FIRST-LAST"},
        Mistake{
            "addresses:\n  - 192.0.2.1\n  - 192.0.2.33/28\n",
            "3: addresses: '192.0.2.33' has bits set beyond its prefix /28; write 192.0.2.32/28"},
        Mistake{
            "addresses:\n  - 192.0.2.0/24\n  - 198.51.100.1\n  - 192.0.2.7\n",
            "4: addresses: 192.0.2.7 overlaps 192.0.2.0-192.0.2.255 on line 2; keep each address "
            "once"},
        Mistake{
            "addresses:\n  - 192.0.2.200\n  - 192.0.2.7\n  - 192.0.2.0-192.0.2.20\n",
            "4: addresses: 192.0.2.0-192.0.2.20 overlaps 192.0.2.7 on line 3; keep each address "
            "once"},
        Mistake{"addresses:\n  - 192.0.2.20\n  - 192.0.2.10-192.0.2.20\n",
                "3: addresses: 192.0.2.10-192.0.2.20 overlaps 192.0.2.20 on line 2; keep each "
                "address once"},
        Mistake{"addresses:\n  - 10.0.0.0/8\n",
                "2: addresses: 16777216 addresses exceed capacity 65536; raise capacity or shorten "
                "the range"},
        Mistake{"addresses:\n  - 2001:db8::/64\n",
                "2: addresses: 18446744073709551615 or more addresses exceed capacity 65536; raise "
                "capacity or shorten the range"},
        Mistake{"capacity: 10\naddresses:\n  - 192.0.2.0/29\n  - 192.0.2.16/29\n",
                "4: addresses: 16 addresses of this family up to here exceed capacity 10; raise "
                "capacity or shorten the range"},
        Mistake{
            "addresses:\n  - 2001:db8::/64\ncapacity: 100000\n",
            "2: addresses: 18446744073709551615 or more addresses exceed capacity 100000; raise "
            "capacity or shorten the range"}));

INSTANTIATE_TEST_SUITE_P(
    Yaml, Refused,
    testing::Values(
        Mistake{"", "1: document: empty; write at least 'addresses:' and one address"},
        Mistake{"# all comment\n",
                "1: document: empty; write at least 'addresses:' and one address"},
        Mistake{"pin: /a\nlog: {level: info\n",
                "3: column 1: end of map flow not found; mend the YAML there"},
        // yaml-cpp 0.7 alone would take all memory there is.
        Mistake{",",
                "1: document: another document begins here; keep a single one, without '---' "
                "between"},
        Mistake{"{pin: /a}\n,\n",
                "2: document: another document begins here; keep a single one, "
                "without '---' between"},
        Mistake{"pin: /a\n\tmode: x\n",
                "2: column 1: illegal tab when looking for indentation; mend the YAML there"},
        Mistake{"pin: *nobody\n",
                "1: column 6: the referenced anchor is not defined; mend the YAML there"},
        Mistake{"pin: /a\n---\npin: /b\n",
                "2: document: another document begins here; keep a single one, without '---' "
                "between"}));

TEST(Configuration, CapacityHoldsForEachFamilyAlone) {
  const auto read = accepted("capacity: 16\naddresses: [192.0.2.0/28, '2001:db8::/124']");
  EXPECT_EQ(read.addresses.size(), 32U);
}

TEST(Configuration, EveryMistakeTakesLittleTime) {
  std::string brackets = "addresses: " + std::string(100'000, '[');
  EXPECT_EQ(refusal(brackets), "isat.yaml:1: column 1: nested too deeply; mend the YAML there");
  EXPECT_EQ(refusal(std::string(3'000'000, 'a')),
            "isat.yaml:1: document: larger than 2097152 bytes; write ranges instead");
  EXPECT_THAT(refusal("interfaces: ['" + std::string(100'000, '(') + "']"),
              HasSubstr("longer than 128 characters"));
  std::string many = "interfaces: [a";
  for (int i = 0; i < 1000; ++i) many += ", a";
  EXPECT_EQ(refusal(many + "]"), "isat.yaml:1: interfaces: lists 1001; write at most 32");
}

// The "billion laughs": ten levels, each nine times the one before.
TEST(Configuration, NestedAliasesDoNotExplode) {
  std::string text = "a0: &a0 [x]\n";
  for (int level = 1; level <= 60; ++level) {
    const auto before = "*a" + std::to_string(level - 1);
    text += "a" + std::to_string(level) + ": &a" + std::to_string(level) + " [";
    for (int i = 0; i < 9; ++i) text += before + ", ";
    text += before + "]\n";
  }
  EXPECT_THAT(refusal(text + "addresses: *a60\n"), HasSubstr("unknown field"));
  EXPECT_THAT(refusal("addresses: &a [*a]\n"), HasSubstr("an entry is a list"));
  EXPECT_THAT(refusal("metrics: &a {listen: *a}\n"), HasSubstr("metrics.listen: is a map"));
}

class ConfigurationOnDisk : public testing::Test {
 protected:
  void SetUp() override {
    std::string pattern = (std::filesystem::temp_directory_path() / "isat.XXXXXX").string();
    ASSERT_NE(::mkdtemp(pattern.data()), nullptr);
    folder_ = pattern;
  }
  void TearDown() override { std::filesystem::remove_all(folder_); }

  [[nodiscard]] std::string refusal_of(const std::string& path) const {
    const auto read = load_configuration(path);
    return read ? "accepted" : read.error().message;
  }

  std::string folder_;
};

TEST_F(ConfigurationOnDisk, IsReadByItsPath) {
  const auto path = folder_ + "/isat.yaml";
  std::ofstream(path) << "addresses: [192.0.2.1]\n";
  const auto read = load_configuration(path);
  ASSERT_TRUE(read) << read.error().message;
  ASSERT_EQ(read->addresses.size(), 1U);
  EXPECT_EQ(read->addresses[0].key.owner, path + ":1");
}

TEST_F(ConfigurationOnDisk, IsRefusedWhenItCannotBeRead) {
  const auto absent = folder_ + "/absent.yaml";
  EXPECT_EQ(refusal_of(absent), absent + ": cannot read: No such file or directory");
  EXPECT_EQ(refusal_of(folder_), folder_ + ": cannot read: Is a directory");
  const auto pipe = folder_ + "/pipe";
  ASSERT_EQ(::mkfifo(pipe.c_str(), 0600), 0);
  EXPECT_EQ(refusal_of(pipe), pipe + ": cannot read: not a regular file");
  EXPECT_EQ(refusal_of("/dev/zero"), "/dev/zero: cannot read: not a regular file");
  const auto large = folder_ + "/large.yaml";
  std::ofstream(large) << std::string(2'097'153, '#');
  EXPECT_EQ(refusal_of(large), large + ": cannot read: larger than 2097152 bytes");
  const auto loop = folder_ + "/loop.yaml";
  ASSERT_EQ(::symlink("loop.yaml", loop.c_str()), 0);
  EXPECT_EQ(refusal_of(loop), loop + ": cannot read: Too many levels of symbolic links");
}

TEST_F(ConfigurationOnDisk, IsRefusedWithoutPermission) {
  ISAT_REQUIRE(::geteuid() == 0, "needs root, to become somebody else");
  const auto path = folder_ + "/secret.yaml";
  std::ofstream(path) << "source: file\n";
  ASSERT_EQ(::chmod(path.c_str(), 0), 0);
  ASSERT_EQ(::chmod(folder_.c_str(), 0755), 0);
  ASSERT_EQ(::seteuid(65'534), 0);
  const auto refused = refusal_of(path);
  ASSERT_EQ(::seteuid(0), 0);
  EXPECT_EQ(refused, path + ": cannot read: Permission denied");
}

RC_GTEST_PROP(Configuration, NeverCrashesOnMutatedText, ()) {
  static const std::string original = slurp(kExample);
  auto text = *rc::gen::element(original, std::string());
  const auto mutations = *rc::gen::inRange(1, 8);
  for (int i = 0; i < mutations; ++i) {
    const auto at = *rc::gen::inRange<std::size_t>(0, text.size() + 1);
    const auto piece = *rc::gen::oneOf(
        rc::gen::element<std::string>("[", "]", "{", "}", ":", "- ", "*a", "&a ", "!x", "|", "? ",
                                      "\n", "---\n", "\"", "'", "#", "%", "<<: "),
        rc::gen::container<std::string>(rc::gen::inRange(' ', '~')),
        rc::gen::container<std::string>(rc::gen::map(rc::gen::inRange(0x80, 0x100),
                                                     [](int c) { return static_cast<char>(c); })),
        rc::gen::arbitrary<std::string>());
    text.replace(at, *rc::gen::inRange<std::size_t>(0, 20), piece);
  }
  const auto read = parse_configuration(text, "f");
  if (!read) {
    const auto& message = read.error().message;
    RC_ASSERT(message.rfind("f:", 0) == 0);
    RC_ASSERT(message.size() < 400);
    RC_ASSERT(std::none_of(message.begin(), message.end(),
                           [](char c) { return static_cast<unsigned char>(c) < ' '; }));
  }
}

}  // namespace
}  // namespace isat

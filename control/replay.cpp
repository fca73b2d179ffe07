// SPDX-License-Identifier: Apache-2.0
// `isat replay`.
#include "control/replay.h"

#include <spdlog/fmt/fmt.h>

#include <filesystem>
#include <nlohmann/json.hpp>

#include "control/configuration.h"
#include "control/pcap_file.h"
#include "dataplane/outcome.h"

namespace isat {
namespace {

Result<std::unique_ptr<TestRun>> load_responder(const ReplayOptions& options) {
  const auto configuration = load_configuration(options.configuration);
  if (!configuration) return tl::unexpected(configuration.error());
  if (configuration->source != SourceKind::kFile) {
    return fail(
        "replay with " + options.configuration +
        ": only `source: file` says which addresses are announced; list them under `addresses`");
  }
  std::vector<Address> addresses;
  for (const auto& assignment : configuration->addresses)
    addresses.push_back(assignment.key.address);
  return TestRun::open(addresses, options.mac,
                       {configuration->mode == Mode::kObserve,
                        configuration->after_deadline == AfterDeadline::kSilent});
}

Result<void> refuse_same_file(const ReplayOptions& options) {
  std::error_code missing;  // no output file yet: not the same
  if (!std::filesystem::equivalent(options.input, options.output, missing)) return {};
  return fail("write capture " + options.output + ": it is the input; name another file");
}

class Replay {
 public:
  Replay(const Environment& environment, const ReplayOptions& options)
      : environment_(environment), options_(options) {}

  Result<void> run() {
    if (auto other = refuse_same_file(options_); !other) return other;
    auto responder = load_responder(options_);
    if (!responder) return tl::unexpected(responder.error());
    auto input = PcapReader::open(options_.input);
    if (!input) return tl::unexpected(input.error());
    auto output = PcapWriter::open(options_.output);
    if (!output) return tl::unexpected(output.error());
    auto fed = feed_all(*input, **responder, *output);
    // What was answered before an error is worth keeping.
    auto finished = output->finish();
    return fed ? finished : fed;
  }

 private:
  Result<void> feed_all(PcapReader& input, TestRun& responder, PcapWriter& output) {
    for (std::uint64_t number = 1;; ++number) {
      const auto frame = input.next();
      if (!frame) return tl::unexpected(frame.error());
      if (!*frame) return {};
      warn_if_cut(number, **frame);
      const auto verdict = responder.feed((*frame)->bytes);
      if (!verdict) {
        return fail("replay frame " + std::to_string(number) + ": " + verdict.error().message,
                    verdict.error().code);
      }
      environment_.out << (options_.json ? verdict_json : verdict_text)(number, *verdict) << "\n";
      if (verdict->reply) output.write(*verdict->reply, (*frame)->time);
    }
  }

  void warn_if_cut(std::uint64_t number, const CapturedFrame& frame) {
    if (warned_ || frame.bytes.size() >= frame.length_on_wire) return;
    warned_ = true;
    environment_.err << fmt::format(
        "warning: frame {} and perhaps more were cut when captured ({} of {} bytes); capture whole "
        "frames: tcpdump -s 0\n",
        number, frame.bytes.size(), frame.length_on_wire);
  }

  const Environment& environment_;
  const ReplayOptions& options_;
  bool warned_ = false;
};

const char* action_name(const TestRun::Verdict& verdict) {
  return verdict.reply ? "tx" : "pass";
}

}  // namespace

int replay(const Environment& environment, const ReplayOptions& options) {
  const auto done = Replay(environment, options).run();
  if (done) return kSuccess;
  environment.err << done.error().message << "\n";
  return kFailure;
}

std::string verdict_text(std::uint64_t number, const TestRun::Verdict& verdict) {
  return fmt::format("{:>6}  {:<5}  {:<16}  {}", number, family_name(verdict.family),
                     outcome_name(verdict.outcome), action_name(verdict));
}

std::string verdict_json(std::uint64_t number, const TestRun::Verdict& verdict) {
  nlohmann::ordered_json object = {{"frame", number},
                                   {"family", family_name(verdict.family)},
                                   {"outcome", outcome_name(verdict.outcome)},
                                   {"action", action_name(verdict)}};
  if (verdict.reply) {
    std::string hex;
    for (const auto byte : *verdict.reply) hex += fmt::format("{:02x}", byte);
    object["reply"] = hex;
  }
  return object.dump();
}

}  // namespace isat

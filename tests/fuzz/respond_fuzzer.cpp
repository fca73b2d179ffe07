// SPDX-License-Identifier: Apache-2.0
// Whatever comes in: nothing outside the frame is touched, what is passed is untouched, what is
// sent is an answer of ours to one station, and no answer is answered. For libFuzzer, or
// drive_trials.cpp.
#include <algorithm>
#include <cstdio>
#include <cstdlib>

#include "tests/frames/native_responder.h"
#include "tests/fuzz/trial.h"

namespace {

using isat::frames::Frame;
using isat::frames::kAllNodesMac;
using isat::frames::kOurs;
using isat::frames::respond_natively;
using isat::frames::Verdict;
using isat::fuzz::Trial;

void demand(bool condition, const char* rule, const Trial& trial, const Verdict& verdict) {
  if (condition) return;
  std::fprintf(stderr, "%s\n%s\noutcome %d, frame: %s\n", rule, describe(trial).c_str(),
               static_cast<int>(verdict.outcome), isat::frames::hex(verdict.frame).c_str());
  std::abort();
}

bool is_at(const Frame& frame, std::size_t offset, const isat::MacAddress& mac) {
  return std::equal(mac.bytes.begin(), mac.bytes.end(),
                    frame.begin() + static_cast<std::ptrdiff_t>(offset));
}

std::size_t tag_size(const Frame& frame) {
  return frame.size() > 13 && frame[12] == 0x81 && frame[13] == 0 ? 4 : 0;
}

// docs/WIRE.md: as long as the request up to 60 bytes, or 86; and four for a tag.
bool has_length_of_answer(const Frame& request, const Verdict& verdict) {
  const std::size_t tag = tag_size(request);
  if (verdict.family == FAMILY_NDP) return verdict.frame.size() == 86 + tag;
  return verdict.frame.size() == std::min(request.size(), 60 + tag) && request.size() >= 42 + tag;
}

// An ARP request, or ICMPv6 of type 135; only behind has_length_of_answer().
bool is_question(const Frame& request, const Verdict& verdict) {
  const std::size_t tag = tag_size(request);
  if (verdict.family == FAMILY_NDP) return request.size() >= 78 + tag && request[54 + tag] == 135;
  return request[20 + tag] == 0 && request[21 + tag] == 1;
}

void check(const Trial& trial) {
  const auto verdict = respond_natively(trial.frame, trial.setting);
  demand(verdict.finished == 1, "not counted once", trial, verdict);
  if (!verdict.sent) {
    demand(verdict.frame == trial.frame, "passed, but not as it came", trial, verdict);
    demand(verdict.outcome != OUTCOME_ANSWERED || trial.setting.observe, "answered, but not sent",
           trial, verdict);
    return;
  }
  demand(verdict.answered == 1, "sent, but not credited once", trial, verdict);
  demand(has_length_of_answer(trial.frame, verdict), "an answer of another length", trial, verdict);
  demand(is_question(trial.frame, verdict), "an answer to no question", trial, verdict);
  demand((verdict.frame[0] & 1) == 0 || is_at(verdict.frame, 0, kAllNodesMac),
         "an answer to a group", trial, verdict);
  demand(is_at(verdict.frame, 6, kOurs), "an answer from somebody else", trial, verdict);
  const auto again = respond_natively(verdict.frame, trial.setting);
  demand(!again.sent && again.answered == 0, "an answer to an answer", trial, again);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const std::uint8_t* data, std::size_t size) {
  check(isat::fuzz::decode({data, size}));
  return 0;
}

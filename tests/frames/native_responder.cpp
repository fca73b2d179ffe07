// SPDX-License-Identifier: Apache-2.0
// A native edge: finds what the rows take for granted, and owns exactly the frame's bytes.
#include "tests/frames/native_responder.h"

#include <cstring>
#include <memory>

#include "bpf/abi.h"
#include "bpf/announced.h"
#include "bpf/ndp.h"
#include "bpf/wire.h"

namespace {

using isat::frames::Setting;
using isat::frames::Verdict;

// Beside the bytes, what the edge functions below need.
struct frame {
  unsigned char* start;
  unsigned char* end;
  const Setting& setting;
  Verdict& verdict;
  std::size_t room;
  std::unique_ptr<unsigned char[]>
      bytes;  // exactly as long as the frame: the sanitizer sees any step over
  bool yielded;
  nd_sender sender{};
};

unsigned char* frame_start(struct frame* frame) {
  return frame->start;
}

const unsigned char* frame_end(struct frame* frame) {
  return frame->end;
}

nd_sender* sender_of(struct frame* frame) {
  return &frame->sender;
}

enum hidden_tag hidden_tag(struct frame* frame) {
  if (!frame->setting.hidden_tci) return HIDDEN_TAG_NONE;
  const bool priority =
      (*frame->setting.hidden_tci & 0x0fff) == 0 && frame->setting.hidden_type == 0x8100;
  return priority ? HIDDEN_TAG_PRIORITY : HIDDEN_TAG_VLAN;
}

struct announced ours() {
  return {load_mac(isat::frames::kOurs.bytes.data()), 0};
}

bool find_v4(struct frame* frame, const unsigned char* address, struct announced* announced) {
  frame->verdict.lookups++;
  const bool found = std::memcmp(address, isat::frames::kTarget4.bytes().data(), 4) == 0 ||
                     std::memcmp(address, isat::frames::kAnother4.bytes().data(), 4) == 0;
  if (found) *announced = ours();
  return found;
}

bool find_v6(struct frame* frame, const unsigned char* address, struct announced* announced) {
  frame->verdict.lookups++;
  const bool found = std::memcmp(address, isat::frames::kTarget6.bytes().data(), 16) == 0;
  if (found) *announced = ours();
  return found;
}

bool deadline_passed(struct frame* frame) {
  frame->verdict.deadline_reads++;
  return frame->setting.deadline == Setting::Deadline::kPassed;
}
bool strict(struct frame* frame) {
  return frame->setting.strict;
}
bool observing(struct frame* frame) {
  return frame->setting.observe;
}

int resize(struct frame* frame, unsigned int length) {
  if (length > frame->room) return -1;
  auto bytes = std::make_unique<unsigned char[]>(length);
  const auto old = static_cast<std::size_t>(frame->end - frame->start);
  std::memcpy(bytes.get(), frame->start, old < length ? old : length);
  frame->bytes = std::move(bytes);
  frame->start = frame->bytes.get();
  frame->end = frame->start + length;
  return 0;
}

int read_byte(struct frame* frame, unsigned int offset) {
  return offset < static_cast<std::size_t>(frame->end - frame->start) ? frame->start[offset] : -1;
}

bool has_yielded(struct frame* frame, const struct announced*) {
  return frame->yielded;
}
void yield(struct frame* frame, const struct announced*) {
  frame->yielded = true;
}

void credit(struct frame* frame, const struct announced*) {
  frame->verdict.answered++;
}

void report(struct frame* frame, enum event_kind kind, enum isat_family, const struct announced*,
            mac_t, std::uint64_t, std::uint64_t) {
  frame->verdict.events.push_back(kind);
}

int finish(struct frame* frame, enum isat_family family, enum isat_outcome outcome) {
  frame->verdict.finished++;
  frame->verdict.family = family;
  frame->verdict.outcome = outcome;
  return outcome == OUTCOME_ANSWERED && !frame->setting.observe;
}

#include "bpf/respond.h"

}  // namespace

namespace isat::frames {

Verdict respond_natively(const Frame& in, const Setting& setting, std::size_t room) {
  Verdict verdict;
  struct frame frame {
    nullptr, nullptr, setting, verdict, room,
        std::make_unique<unsigned char[]>(in.size()), setting.yielded
  };
  if (!in.empty()) std::memcpy(frame.bytes.get(), in.data(), in.size());
  frame.start = frame.bytes.get();
  frame.end = frame.start + in.size();

  verdict.sent = respond(&frame) != 0;
  verdict.frame.assign(frame.start, frame.end);
  verdict.yielded = frame.yielded;
  return verdict;
}

}  // namespace isat::frames

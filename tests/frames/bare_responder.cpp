// SPDX-License-Identifier: Apache-2.0
// An edge that costs nothing.
#include "tests/frames/bare_responder.h"

#include <cstring>

#include "bpf/announced.h"
#include "bpf/ndp.h"
#include "bpf/wire.h"
#include "tests/frames/frame.h"

namespace {

// Everything a frame of ours may ask for is there at once: what is left is the transforms.
struct frame {
  unsigned char* start;
  unsigned char* end;
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
enum hidden_tag hidden_tag(struct frame*) {
  return HIDDEN_TAG_NONE;
}
bool find_v4(struct frame*, const unsigned char* address, struct announced* announced) {
  if (std::memcmp(address, isat::frames::kTarget4.bytes().data(), 4) != 0) return false;
  *announced = {load_mac(isat::frames::kOurs.bytes.data()), 0};
  return true;
}
bool find_v6(struct frame*, const unsigned char* address, struct announced* announced) {
  if (std::memcmp(address, isat::frames::kTarget6.bytes().data(), 16) != 0) return false;
  *announced = {load_mac(isat::frames::kOurs.bytes.data()), 0};
  return true;
}
bool deadline_passed(struct frame*) {
  return false;
}
bool strict(struct frame*) {
  return false;
}
bool observing(struct frame*) {
  return false;
}
int resize(struct frame* frame, unsigned int length) {
  if (length > isat::frames::kBareRoom) return -1;
  frame->end = frame->start + length;
  return 0;
}
int read_byte(struct frame* frame, unsigned int offset) {
  return offset < static_cast<std::size_t>(frame->end - frame->start) ? frame->start[offset] : -1;
}
bool has_yielded(struct frame*, const struct announced*) {
  return false;
}
void yield(struct frame*, const struct announced*) {}
void credit(struct frame*, const struct announced*) {}
void report(struct frame*, enum event_kind, enum isat_family, const struct announced*, mac_t,
            std::uint64_t, std::uint64_t) {}

int finish(struct frame*, enum isat_family, enum isat_outcome outcome) {
  return outcome;
}

#include "bpf/respond.h"

}  // namespace

namespace isat::frames {

isat_outcome respond_barely(BareFrame& bytes, std::size_t length) {
  struct frame frame {
    bytes.data(), bytes.data() + length
  };
  return static_cast<isat_outcome>(respond(&frame));
}

}  // namespace isat::frames

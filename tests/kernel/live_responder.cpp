// SPDX-License-Identifier: Apache-2.0
// Attaches by libbpf alone, not by our own attachments, which have tests of their own.
#include "tests/kernel/live_responder.h"

#include <arpa/inet.h>
#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <linux/if_link.h>
#include <unistd.h>

#include <chrono>
#include <ostream>
#include <string>

#include "witness.skel.h"

namespace isat::test {
namespace {

using std::chrono::milliseconds;

// uapi/linux/bpf.h from 6.6 on: BPF_TCX_INGRESS. Debian 12's headers are older than the kernels we
// meet.
constexpr auto kTcxIngress = static_cast<bpf_attach_type>(46);
// clsact filters run in ascending order of priority.
constexpr std::uint32_t kBefore = 1, kOurs = 2, kAfter = 3;
constexpr std::uint32_t kHandle = 1;

Result<void> add_filter(InterfaceIndex index, std::uint32_t priority, int program) {
  LIBBPF_OPTS(bpf_tc_hook, hook, .ifindex = static_cast<int>(index),
              .attach_point = BPF_TC_INGRESS);
  const int made = bpf_tc_hook_create(&hook);
  if (made != 0 && made != -EEXIST) return fail_errno("create", "clsact", -made);
  LIBBPF_OPTS(bpf_tc_opts, filter, .prog_fd = program, .flags = BPF_TC_F_REPLACE, .handle = kHandle,
              .priority = priority);
  if (const int failed = bpf_tc_attach(&hook, &filter); failed != 0) {
    return fail_errno("attach", "a filter", -failed);
  }
  return {};
}

frames::Frame with_tag_in_place(const witnessed& seen) {
  frames::Frame frame(seen.bytes, seen.bytes + seen.length);
  if (seen.tagged == 0) return frame;
  return frames::tagged(std::move(frame), static_cast<std::uint16_t>(seen.tag),
                        ntohs(static_cast<std::uint16_t>(seen.tag_type)));
}

}  // namespace

void PrintTo(Attachment attachment, std::ostream* out) {
  switch (attachment) {
    case Attachment::kClsact:
      *out << "Clsact";
      break;
    case Attachment::kTcx:
      *out << "Tcx";
      break;
    case Attachment::kGeneric:
      *out << "GenericXdp";
      break;
    case Attachment::kNative:
      *out << "NativeXdp";
      break;
  }
}

void LiveResponder::Closer::operator()(struct witness* object) const {
  witness__destroy(object);
}

LiveResponder::LiveResponder(Attachment attachment, Tap tap, LoadedResponder loaded,
                             Witness witness)
    : attachment_(attachment),
      tap_(std::move(tap)),
      loaded_(std::move(loaded)),
      witness_(std::move(witness)) {}

LiveResponder::LiveResponder(LiveResponder&&) noexcept = default;
LiveResponder& LiveResponder::operator=(LiveResponder&&) noexcept = default;
LiveResponder::~LiveResponder() = default;  // the tap goes, and with it whatever is attached to it

Result<LiveResponder> LiveResponder::create(Attachment attachment) {
  auto tap =
      Tap::create(attachment == Attachment::kNative ? Tap::Path::kDriver : Tap::Path::kFragments);
  if (!tap) return tl::unexpected(tap.error());
  auto loaded = LoadedResponder::create(tap->index());
  if (!loaded) return tl::unexpected(loaded.error());
  Witness witness(witness__open_and_load());
  if (!witness) return fail_errno("load", "the witness");
  LiveResponder responder(attachment, std::move(*tap), std::move(*loaded), std::move(witness));
  if (auto done = responder.post_witnesses(); !done) return tl::unexpected(done.error());
  return responder;
}

Result<void> LiveResponder::post_witnesses() {
  auto done = add_filter(tap_.index(), kBefore, bpf_program__fd(witness_->progs.witness_before));
  if (!done) return done;
  return add_filter(tap_.index(), kAfter, bpf_program__fd(witness_->progs.witness_after));
}

Result<void> LiveResponder::attach_filter(int program) {
  if (attachment_ == Attachment::kClsact) return add_filter(tap_.index(), kOurs, program);
  link_.reset();
  link_ = FileDescriptor(
      bpf_link_create(program, static_cast<int>(tap_.index()), kTcxIngress, nullptr));
  if (!link_.valid()) return fail_errno("attach", "a tcx link");
  return {};
}

Result<void> LiveResponder::attach_xdp(int program) {
  const std::uint32_t mode =
      attachment_ == Attachment::kNative ? XDP_FLAGS_DRV_MODE : XDP_FLAGS_SKB_MODE;
  const int failed = bpf_xdp_attach(static_cast<int>(tap_.index()), program, mode, nullptr);
  if (failed != 0) return fail_errno("attach", "XDP to the tap", -failed);
  return {};
}

Result<void> LiveResponder::attach(const frames::Setting& setting) {
  const bool filter = attachment_ == Attachment::kClsact || attachment_ == Attachment::kTcx;
  const auto program = loaded_.program(filter ? Hook::kTc : Hook::kXdp, setting);
  if (!program) return tl::unexpected(program.error());
  if (*program == attached_) return {};
  attached_ = *program;
  return filter ? attach_filter(*program) : attach_xdp(*program);
}

Result<witnessed> LiveResponder::seen() const {
  const std::uint32_t zero = 0;
  witnessed value{};
  if (bpf_map_lookup_elem(bpf_map__fd(witness_->maps.witnessed), &zero, &value) != 0) {
    return fail_errno("ask", "the witness");
  }
  return value;
}

Result<void> LiveResponder::forget() const {
  const std::uint32_t zero = 0;
  const witnessed none{};
  if (bpf_map_update_elem(bpf_map__fd(witness_->maps.witnessed), &zero, &none, BPF_ANY) != 0) {
    return fail_errno("reset", "the witness");
  }
  return {};
}

Result<bool> LiveResponder::came_head_only() const {
  const auto value = seen();
  if (!value) return tl::unexpected(value.error());
  return value->head_only != 0;
}

// The kernel may receive in a softirq of its own time.
Result<void> LiveResponder::wait_until_counted() const {
  const auto until = std::chrono::steady_clock::now() + milliseconds(2000);
  while (std::chrono::steady_clock::now() < until) {
    const auto counted = loaded_.counted();
    if (!counted) return tl::unexpected(counted.error());
    if (*counted) return {};
    ::usleep(200);
  }
  return fail("count a frame: it never came to the program");
}

Result<frames::Verdict> LiveResponder::respond(const frames::Frame& frame,
                                               const frames::Setting& setting,
                                               std::optional<std::size_t> head,
                                               std::optional<std::uint16_t> checksum_at) {
  if (auto done = attach(setting); !done) return tl::unexpected(done.error());
  if (auto done = loaded_.prepare(setting); !done) return tl::unexpected(done.error());
  if (auto done = forget(); !done) return tl::unexpected(done.error());
  const auto wire =
      setting.hidden_tci ? frames::tagged(frame, *setting.hidden_tci, setting.hidden_type) : frame;
  if (auto done = tap_.write(wire, head, checksum_at); !done) return tl::unexpected(done.error());
  if (auto done = wait_until_counted(); !done) return tl::unexpected(done.error());

  auto verdict = loaded_.verdict(frame);
  if (!verdict) return verdict;
  // An answer may take its time; where none is due, a wrong one would be there by now.
  const bool due = verdict->outcome == OUTCOME_ANSWERED && !setting.observe;
  const auto reply = tap_.read(milliseconds(due ? 2000 : 1));
  const auto passed = seen();
  if (!passed) return tl::unexpected(passed.error());
  if (passed->frames + (reply ? 1 : 0) != 1) {
    return fail("see the frame once: passed on " + std::to_string(passed->frames) +
                " times, sent back " + (reply ? "once" : "not at all"));
  }
  verdict->sent = reply.has_value();
  verdict->frame = reply ? *reply : with_tag_in_place(*passed);
  return verdict;
}

}  // namespace isat::test

// SPDX-License-Identifier: Apache-2.0
// Opens and loads the embedded responder; turns libbpf's and the verifier's refusals into one line.
#include "dataplane/responder_object.h"

#include <bpf/bpf.h>
#include <bpf/libbpf.h>
#include <fcntl.h>

#include <iterator>
#include <numeric>
#include <string>
#include <string_view>

#include "bpf/abi.h"
#include "dataplane/kernel_release.h"
#include "dataplane/responder_maps.h"
#include "responder.skel.h"

namespace isat {
namespace {

constexpr std::size_t kLogSize = std::size_t{256} * 1024;

// The verifier's reason stands on the last lines of its log, before its statistics.
std::string last_words(std::string_view log) {
  log = log.substr(0, log.find('\0'));
  std::string words;
  while (!log.empty()) {
    const auto end = log.find_last_not_of('\n');
    if (end == std::string_view::npos) break;
    const auto begin = log.rfind('\n', end);
    const auto line = log.substr(begin + 1, end - begin);
    log = log.substr(0, begin == std::string_view::npos ? 0 : begin);
    if (line.starts_with("processed ") || line.starts_with("verification time")) continue;
    words = " (" + std::string(line) + ")";
    break;
  }
  return words;
}

std::string mend_for(int code) {
  if (code == EINVAL && !kernel_is_at_least(5, 18))
    return "; XDP needs Linux 5.18, tc 5.12, and this is " + kernel_release();
  if (code == EPERM) return "; run as root or with CAP_BPF, CAP_NET_ADMIN and CAP_NET_RAW";
  if (code == ENOMEM) return "; lower `capacity`, or raise the memory limit";
  return "";
}

}  // namespace

void ResponderObject::Closer::operator()(struct responder* object) const {
  responder__destroy(object);
}

Result<ResponderObject> ResponderObject::open() {
  // libbpf prints on its own account otherwise; what it knows is in errno and the kernel's log.
  libbpf_set_print(nullptr);
  ResponderObject result;
  result.log_ = std::make_unique<std::vector<char>>(kLogSize);
  LIBBPF_OPTS(bpf_object_open_opts, options, .kernel_log_buf = result.log_->data(),
              .kernel_log_size = result.log_->size());
  result.object_.reset(responder__open_opts(&options));
  if (!result.object_) return fail_errno("open", "the embedded responder");
  struct bpf_program* program = nullptr;
  bpf_object__for_each_program(program, result.object_->obj) {
    bpf_program__set_autoload(program, false);
  }
  return result;
}

void ResponderObject::set_capacity(std::uint32_t announcements) {
  bpf_map__set_max_entries(object_->maps.announced_v4, announcements);
  bpf_map__set_max_entries(object_->maps.announced_v6, announcements);
  bpf_map__set_max_entries(object_->maps.pages_v4, ResponderMaps::pages(announcements));
  bpf_map__set_max_entries(object_->maps.pages_v6, ResponderMaps::pages(announcements));
  const auto slots = ResponderMaps::slots(announcements);
  const auto counters = slots * static_cast<std::uint32_t>(libbpf_num_possible_cpus());
  bpf_map__set_max_entries(object_->maps.answered, counters);
  bpf_map__set_max_entries(object_->maps.answered_low, counters / ANSWERED_LOW_COUNTS);
  bpf_map__set_max_entries(object_->maps.answered_before, slots);
  bpf_map__set_max_entries(object_->maps.yielded, slots);
  bpf_map__set_max_entries(object_->maps.event_limits, slots);
}

Result<void> ResponderObject::load() {
  const int failed = responder__load(object_.get());
  if (failed == 0) return {};
  const int code = -failed;
  return fail("load the responder into the kernel: " + std::system_category().message(code) +
                  last_words({log_->data(), log_->size()}) + mend_for(code),
              code);
}

Result<FileDescriptor> ResponderObject::load_program(Hook hook, const ResponderConstants& constants,
                                                     const ResponderMaps& maps) {
  auto opened = open();
  if (!opened) return tl::unexpected(opened.error());
  auto* object = opened->object_.get();
  object->rodata->interface_index = constants.interface_index;
  std::iota(std::begin(object->rodata->outcome_keys), std::end(object->rodata->outcome_keys),
            constants.interface_slot * OUTCOMES_PER_SLOT);
  const auto capacity = maps.capacity();
  if (!capacity) return tl::unexpected(capacity.error());
  object->rodata->slots = ResponderMaps::slots(*capacity);
  object->rodata->page_mask = ResponderMaps::pages(*capacity) - 1;
  object->rodata->observe = constants.observe;
  object->rodata->silent_after_deadline = constants.silent_after_deadline;

  struct bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object->obj) {
    if (bpf_map__is_internal(map)) continue;
    if (bpf_map__reuse_fd(map, maps.descriptor(bpf_map__name(map))) != 0) {
      return fail_errno("use map", bpf_map__name(map));
    }
  }
  auto& programs = object->progs;
  auto* program = hook == Hook::kXdp
                      ? (constants.shown ? programs.isat_xdp_shown : programs.isat_xdp)
                      : (constants.shown ? programs.isat_tc_shown : programs.isat_tc);
  bpf_program__set_autoload(program, true);
  if (auto loaded = opened->load(); !loaded) return tl::unexpected(loaded.error());
  FileDescriptor copy(::fcntl(bpf_program__fd(program), F_DUPFD_CLOEXEC, 0));
  if (!copy.valid()) return fail_errno("keep program", bpf_program__name(program));
  return copy;
}

struct bpf_object* ResponderObject::get() const {
  return object_->obj;
}

}  // namespace isat

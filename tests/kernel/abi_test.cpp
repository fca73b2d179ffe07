// SPDX-License-Identifier: Apache-2.0
// The object's BTF and the C++ structs are one layout, and the maps show themselves to bpftool.
#include "bpf/abi.h"

#include <bpf/bpf.h>
#include <bpf/btf.h>
#include <bpf/libbpf.h>
#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <cstddef>
#include <map>
#include <string>
#include <vector>

#include "dataplane/responder_maps.h"
#include "dataplane/responder_object.h"
#include "tests/kernel/kernel_test.h"

namespace isat::test {
namespace {

struct Field {
  std::size_t offset;
  std::size_t size;
  bool operator==(const Field&) const = default;
};

void PrintTo(const Field& field, std::ostream* out) {
  *out << field.size << " bytes at " << field.offset;
}

using Layout = std::map<std::string, Field>;  // by member; "" = the whole

#define ISAT_FIELD(type, member)                   \
  {                                                \
#member, {                                     \
      offsetof(type, member), sizeof(type::member) \
    }                                              \
  }

// Without struct event: a ring's type is in no BTF. event_test.cpp reads one field by field.
const std::map<std::string, Layout> kLayouts = {
    {"announced_v4_key",
     {{"", {0, sizeof(announced_v4_key)}},
      ISAT_FIELD(announced_v4_key, address),
      ISAT_FIELD(announced_v4_key, ifindex)}},
    {"announced_v6_key",
     {{"", {0, sizeof(announced_v6_key)}},
      ISAT_FIELD(announced_v6_key, address),
      ISAT_FIELD(announced_v6_key, ifindex)}},
    {"announced_page",
     {{"", {0, sizeof(announced_page)}},
      ISAT_FIELD(announced_page, announced),
      ISAT_FIELD(announced_page, untold),
      ISAT_FIELD(announced_page, mac),
      ISAT_FIELD(announced_page, unused),
      ISAT_FIELD(announced_page, first_slot),
      ISAT_FIELD(announced_page, unused_too)}},
    {"placed_v4",
     {{"", {0, sizeof(placed_v4)}},
      ISAT_FIELD(placed_v4, key),
      ISAT_FIELD(placed_v4, announced),
      ISAT_FIELD(placed_v4, answer),
      ISAT_FIELD(placed_v4, first_slot),
      ISAT_FIELD(placed_v4, unused)}},
    {"placed_v6",
     {{"", {0, sizeof(placed_v6)}},
      ISAT_FIELD(placed_v6, key),
      ISAT_FIELD(placed_v6, first_slot),
      ISAT_FIELD(placed_v6, announced),
      ISAT_FIELD(placed_v6, answer)}},
    {"attached",
     {{"", {0, sizeof(attached)}},
      ISAT_FIELD(attached, ifindex),
      ISAT_FIELD(attached, mode),
      ISAT_FIELD(attached, owns_qdisc),
      ISAT_FIELD(attached, name),
      ISAT_FIELD(attached, reason)}},
    {"frame_sample",
     {{"", {0, sizeof(frame_sample)}},
      ISAT_FIELD(frame_sample, boot_ns),
      ISAT_FIELD(frame_sample, number),
      ISAT_FIELD(frame_sample, cpu),
      ISAT_FIELD(frame_sample, ifindex),
      ISAT_FIELD(frame_sample, length),
      ISAT_FIELD(frame_sample, answer_length),
      ISAT_FIELD(frame_sample, family),
      ISAT_FIELD(frame_sample, outcome),
      ISAT_FIELD(frame_sample, unused),
      ISAT_FIELD(frame_sample, frame),
      ISAT_FIELD(frame_sample, answer)}},
    {"event_limit",
     {{"", {0, sizeof(event_limit)}},
      ISAT_FIELD(event_limit, last_boot_ns),
      ISAT_FIELD(event_limit, suppressed)}},
};

// As compiled for BPF; empty when the object has no such struct.
Layout layout_in(const btf* types, const std::string& name) {
  Layout layout;
  const int id = btf__find_by_name_kind(types, name.c_str(), BTF_KIND_STRUCT);
  if (id < 0) return layout;
  const auto* type = btf__type_by_id(types, static_cast<std::uint32_t>(id));
  layout[""] = {0, type->size};
  const auto* member = btf_members(type);
  for (std::uint32_t i = 0; i < btf_vlen(type); i++) {
    const auto size = btf__resolve_size(types, member[i].type);
    layout[btf__name_by_offset(types, member[i].name_off)] = {btf_member_bit_offset(type, i) / 8,
                                                              static_cast<std::size_t>(size)};
  }
  return layout;
}

TEST(AbiTest, TheObjectHasTheStructsOfThisProgram) {
  const auto object = ResponderObject::open();
  ASSERT_TRUE(object) << object.error().message;
  const auto* types = bpf_object__btf(object->get());
  for (const auto& [name, layout] : kLayouts) {
    SCOPED_TRACE(name);
    EXPECT_EQ(layout_in(types, name), layout);
  }
}

TEST(AbiTest, MapNamesFitTheKernelAndItsFileSystem) {
  for (const auto& name : ResponderMaps::names()) {
    EXPECT_LT(name.size(), std::size_t{BPF_OBJ_NAME_LEN}) << name;
    EXPECT_EQ(name.find('.'), std::string::npos) << name;
  }
}

TEST(AbiTest, EveryMapOfTheObjectIsNamed) {
  const auto object = ResponderObject::open();
  ASSERT_TRUE(object) << object.error().message;
  std::vector<std::string> names = {"layout"};  // made beside the object, by ResponderMaps
  bpf_map* map = nullptr;
  bpf_object__for_each_map(map, object->get()) {
    if (!bpf_map__is_internal(map)) names.emplace_back(bpf_map__name(map));
  }
  EXPECT_THAT(ResponderMaps::names(), testing::UnorderedElementsAreArray(names));
}

using KernelAbiTest = KernelTest;

// What bpftool prints as fields, not as bytes. A ring has no keys; of an array of maps the value is
// an id; `layout` is one number.
TEST_F(KernelAbiTest, MapsCarryTheirTypes) {
  const auto maps = ResponderMaps::create(16);
  ASSERT_TRUE(maps) << maps.error().message;
  for (const auto& name : ResponderMaps::names()) {
    if (name == "events" || name == "layout" || name == "grace" || name.ends_with("taps")) continue;
    SCOPED_TRACE(name);
    bpf_map_info info{};
    std::uint32_t size = sizeof info;
    ASSERT_EQ(bpf_obj_get_info_by_fd(maps->descriptor(name), &info, &size), 0);
    EXPECT_EQ(info.name, name);
    EXPECT_NE(info.btf_id, 0U);
    EXPECT_NE(info.btf_key_type_id, 0U);
    EXPECT_NE(info.btf_value_type_id, 0U);
  }
}

TEST_F(KernelAbiTest, CapacityIsAPartOfTheLayout) {
  const auto sixteen = ResponderMaps::layout(16);
  ASSERT_TRUE(sixteen) << sixteen.error().message;
  EXPECT_EQ(ResponderMaps::layout(16).value(), *sixteen);
  EXPECT_NE(ResponderMaps::layout(17).value(), *sixteen);
  const auto maps = ResponderMaps::create(16);
  ASSERT_TRUE(maps) << maps.error().message;
  EXPECT_EQ(maps->pinned_layout().value(), *sixteen);
  EXPECT_EQ(maps->capacity().value(), 16U);
}

}  // namespace
}  // namespace isat::test

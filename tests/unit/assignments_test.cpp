// SPDX-License-Identifier: Apache-2.0
// The table of assignments: which addresses does a change touch?
#include "control/assignments.h"

#include <gmock/gmock.h>

namespace isat {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;

const Address kTen = *Address::parse("192.0.2.10");
const Address kEleven = *Address::parse("2001:db8::11");

Assignment assignment(const std::string& owner, const Address& address,
                      std::vector<std::string> interfaces = {}) {
  return {{owner, address}, any_node(std::move(interfaces))};
}

TEST(Assignments, NamesTheAddressesThatChanged) {
  Assignments table;
  EXPECT_THAT(table.apply({{assignment("a", kTen), assignment("b", kEleven)}, {}}),
              ElementsAre(kTen, kEleven));
  EXPECT_EQ(table.size(), 2u);
  EXPECT_THAT(table.apply({{}, {{"a", kTen}}}), ElementsAre(kTen));
  EXPECT_TRUE(table.owners(kTen).empty());
  EXPECT_FALSE(table.by_address().contains(kTen));
  EXPECT_EQ(table.size(), 1u);
}

TEST(Assignments, ReplacesUnderTheSameKey) {
  Assignments table;
  (void)table.apply({{assignment("a", kTen)}, {}});
  EXPECT_THAT(table.apply({{assignment("a", kTen, {"eth1"})}, {}}), ElementsAre(kTen));
  EXPECT_EQ(table.size(), 1u);
  EXPECT_THAT(table.owners(kTen).at("a").candidacy->any_other->interfaces, ElementsAre("eth1"));
}

TEST(Assignments, RemovalAndAdditionInOneChangeIsAReplacement) {
  Assignments table;
  (void)table.apply({{assignment("a", kTen)}, {}});
  EXPECT_THAT(table.apply({{assignment("a", kTen, {"eth1"})}, {{"a", kTen}}}), ElementsAre(kTen));
  EXPECT_EQ(table.size(), 1u);
}

TEST(Assignments, TellingTheSameAgainTouchesNothing) {
  Assignments table;
  (void)table.apply({{assignment("a", kTen)}, {}});
  EXPECT_THAT(table.apply({{assignment("a", kTen)}, {}}), IsEmpty());
  EXPECT_THAT(table.apply({{assignment("a", kTen)}, {{"a", kTen}}}), IsEmpty());
  EXPECT_THAT(table.apply({{}, {{"nobody", kTen}, {"a", kEleven}}}), IsEmpty());
  EXPECT_EQ(table.size(), 1u);
}

TEST(Assignments, AnAddressKeepsItsOtherOwner) {
  Assignments table;
  (void)table.apply({{assignment("a", kTen), assignment("b", kTen)}, {}});
  EXPECT_THAT(table.apply({{}, {{"a", kTen}}}), ElementsAre(kTen));
  EXPECT_EQ(table.owners(kTen).count("b"), 1u);
}

}  // namespace
}  // namespace isat

// SPDX-License-Identifier: Apache-2.0
// Label selectors as the API writes them.
#include "control/label_selector.h"

#include <gmock/gmock.h>
#include <gtest/gtest.h>

#include <nlohmann/json.hpp>

namespace isat {
namespace {

using nlohmann::json;
using testing::HasSubstr;

bool matches(const char* selector, const Labels& labels) {
  const auto parsed = LabelSelector::parse(json::parse(selector));
  EXPECT_TRUE(parsed) << selector << ": " << parsed.error().message;
  return parsed && parsed->matches(labels);
}

std::string refused(const char* selector) {
  const auto parsed = LabelSelector::parse(json::parse(selector));
  EXPECT_FALSE(parsed) << selector;
  return parsed ? "" : parsed.error().message;
}

TEST(LabelSelector, WithoutRequirementsMeansEverything) {
  EXPECT_TRUE(matches("{}", {}));
  EXPECT_TRUE(matches(R"({"matchLabels": {}, "matchExpressions": null})", {{"a", "b"}}));
}

TEST(LabelSelector, LabelsMustAllBeThere) {
  const auto* selector = R"({"matchLabels": {"zone": "a", "rack": "1"}})";
  EXPECT_TRUE(matches(selector, {{"rack", "1"}, {"zone", "a"}, {"more", ""}}));
  EXPECT_FALSE(matches(selector, {{"zone", "a"}}));
  EXPECT_FALSE(matches(selector, {{"rack", "2"}, {"zone", "a"}}));
}

TEST(LabelSelector, TheFourOperators) {
  struct Row {
    const char* op;
    const char* values;
    bool absent, other, listed;
  };
  for (const auto& row :
       {Row{"In", R"(["b", "a"])", false, false, true},
        Row{"NotIn", R"(["b", "a"])", true, true, false}, Row{"Exists", "[]", false, true, true},
        Row{"DoesNotExist", "null", true, false, false}}) {
    const auto selector = std::string(R"({"matchExpressions": [{"key": "k", "operator": ")") +
                          row.op + R"(", "values": )" + row.values + "}]}";
    EXPECT_EQ(matches(selector.c_str(), {{"x", "a"}}), row.absent) << selector;
    EXPECT_EQ(matches(selector.c_str(), {{"k", "c"}}), row.other) << selector;
    EXPECT_EQ(matches(selector.c_str(), {{"k", "a"}}), row.listed) << selector;
  }
}

TEST(LabelSelector, EveryExpressionMustHold) {
  const auto* selector = R"({"matchLabels": {"a": "1"}, "matchExpressions": [
      {"key": "b", "operator": "Exists"}, {"key": "c", "operator": "DoesNotExist"}]})";
  EXPECT_TRUE(matches(selector, {{"a", "1"}, {"b", ""}}));
  EXPECT_FALSE(matches(selector, {{"a", "1"}, {"b", ""}, {"c", ""}}));
  EXPECT_FALSE(matches(selector, {{"a", "1"}}));
}

TEST(LabelSelector, IsTheSameInWhateverOrderItIsWritten) {
  const auto parse = [](const char* text) { return *LabelSelector::parse(json::parse(text)); };
  EXPECT_EQ(parse(R"({"matchLabels": {"a": "1"}})"),
            parse(R"({"matchExpressions": [{"key": "a", "operator": "In", "values": ["1"]}]})"));
  const auto one = parse(R"({"matchExpressions": [
      {"key": "b", "operator": "NotIn", "values": ["y", "x"]}, {"key": "a", "operator": "Exists"},
      {"key": "c", "operator": "DoesNotExist"}]})");
  EXPECT_EQ(one.to_string(), "a,b notin (x,y),!c");
}

// metallb.md §4, 14 to 16.
TEST(LabelSelector, RefusesWhatMetallbRefusesWithFieldAndMend) {
  EXPECT_EQ(refused(R"({"matchExpressions": [{"key": "a", "operator": "Exists"},
                                             {"key": "a", "operator": "Exists"}]})"),
            "matchExpressions[1]: duplicate definition of match expressions 'a'; remove one");
  EXPECT_EQ(
      refused(
          R"({"matchExpressions": [{"key": "a", "operator": "In", "values": ["x", "y", "x"]}]})"),
      "matchExpressions[0].values: duplicate definition of match expression value in label "
      "selector 'x'; remove one");
  EXPECT_EQ(
      refused(R"({"matchExpressions": [{"key": "a", "operator": "Like"}]})"),
      "matchExpressions[0].operator: invalid label selector: 'Like' is no operator; write In, "
      "NotIn, Exists or DoesNotExist");
  EXPECT_THAT(refused(R"({"matchExpressions": [{"key": "a", "operator": "In"}]})"),
              HasSubstr("matchExpressions[0].values: invalid label selector: In needs values"));
  EXPECT_THAT(
      refused(R"({"matchExpressions": [{"key": "a", "operator": "Exists", "values": ["x"]}]})"),
      HasSubstr("Exists takes no values; remove them"));
  EXPECT_THAT(refused(R"({"matchLabels": {"a b": "c"}})"), HasSubstr("'a b' is no label key"));
  EXPECT_THAT(refused(R"({"matchLabels": {"/b": "c"}})"), HasSubstr("'/b' is no label key"));
  EXPECT_THAT(refused(R"({"matchLabels": {"a": "c/d"}})"), HasSubstr("'c/d' is no label value"));
  EXPECT_TRUE(
      matches(R"({"matchLabels": {"example.com/a_b.c": ""}})", {{"example.com/a_b.c", ""}}));
}

}  // namespace
}  // namespace isat

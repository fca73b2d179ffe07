// SPDX-License-Identifier: Apache-2.0
// Text as the one YAML document it holds.
#include "control/yaml_document.h"

#include <yaml-cpp/depthguard.h>
#include <yaml-cpp/eventhandler.h>

#include <exception>
#include <optional>
#include <sstream>

#include "control/complaint.h"
#include "control/quote.h"

namespace isat {
namespace {

// yaml-cpp copies pieces of the text into some messages; a message stays one line.
std::string syntax_problem(const YAML::Exception& error) {
  return one_line(error.msg) + "; mend the YAML there";
}

tl::unexpected<Error> refuse(const std::string& path, const YAML::Mark& mark,
                             const std::string& problem) {
  Complaint complaint(path);
  const int column = mark.is_null() ? 1 : mark.column + 1;
  complaint.raise(mark.is_null() ? 1 : mark.line + 1, "column " + std::to_string(column), problem);
  return tl::unexpected(*complaint.error());
}

tl::unexpected<Error> refuse(const std::string& path, int line, const std::string& problem) {
  Complaint complaint(path);
  complaint.raise(line, "document", problem);
  return tl::unexpected(*complaint.error());
}

// Notes where the last document began, and nothing else.
class DocumentStart : public YAML::EventHandler {
 public:
  void OnDocumentStart(const YAML::Mark& mark) override { mark_ = mark; }
  void OnDocumentEnd() override {}
  void OnNull(const YAML::Mark&, YAML::anchor_t) override {}
  void OnAlias(const YAML::Mark&, YAML::anchor_t) override {}
  void OnScalar(const YAML::Mark&, const std::string&, YAML::anchor_t,
                const std::string&) override {}
  void OnSequenceStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                       YAML::EmitterStyle::value) override {}
  void OnSequenceEnd() override {}
  void OnMapStart(const YAML::Mark&, const std::string&, YAML::anchor_t,
                  YAML::EmitterStyle::value) override {}
  void OnMapEnd() override {}

  [[nodiscard]] const YAML::Mark& mark() const { return mark_; }

 private:
  YAML::Mark mark_;
};

// Where a second document begins. Not by YAML::LoadAll: yaml-cpp 0.7 never gets past a ',' that
// stands where a document could begin, and LoadAll then collects empty documents until memory ends.
std::optional<YAML::Mark> second_document(const std::string& text) {
  std::istringstream stream(text);
  YAML::Parser parser(stream);
  DocumentStart start;
  if (!parser.HandleNextDocument(start) || !parser.HandleNextDocument(start)) return std::nullopt;
  return start.mark();
}

}  // namespace

Result<YAML::Node> parse_yaml(const std::string& text, const std::string& path) {
  if (text.size() > kLargestYaml) {
    return refuse(path, 1,
                  "larger than " + std::to_string(kLargestYaml) + " bytes; write ranges instead");
  }
  try {
    if (const auto second = second_document(text)) {
      return refuse(path, second->line + 1,
                    "another document begins here; keep a single one, without '---' between");
    }
    const auto document = YAML::Load(text);
    if (document.IsNull()) {
      return refuse(path, 1, "empty; write at least 'addresses:' and one address");
    }
    return document;
  } catch (const YAML::DeepRecursion& error) {
    return refuse(path, error.mark, "nested too deeply; mend the YAML there");
  } catch (const YAML::Exception& error) {
    return refuse(path, error.mark, syntax_problem(error));
  } catch (const std::exception& error) {  // yaml-cpp lets the standard library's pass
    return refuse(path, 1, "not YAML (" + quote(error.what()) + "); mend it");
  }
}

int line_of(const YAML::Node& node) {
  return node.Mark().is_null() ? 1 : node.Mark().line + 1;
}

}  // namespace isat

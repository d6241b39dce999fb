#include "storage/query/validation.h"

#include <algorithm>
#include <array>
#include <optional>
#include <set>
#include <utility>

#include "storage/image/concept.h"
#include "storage/model/concept_id.h"
#include "storage/model/status_macros.h"
#include "storage/query/nearest.h"
#include "storage/query/seventh_characters.h"

namespace codeset::query {
namespace {

using image::Image;
using image::kNoNode;
using image::NodeIndex;
using model::kCategoryLength;
using model::kMaxCodeLength;

// Whose places in memory are fetched at once.
constexpr size_t kTextsAtATime = 64;

void SetChoice(const Image& image, NodeIndex node, v1::CodeChoice* choice) {
  choice->set_id(image::IdOf(image, node));
  choice->set_title(std::string(image::TitleOf(image, node)));
}

// The texts that placeholders in one place within `key`, after its category, make of it.
std::vector<std::string> WithPlaceholders(absl::string_view key) {
  std::vector<std::string> texts;
  for (size_t count = 1; key.size() + count <= kMaxCodeLength; ++count) {
    for (size_t place = kCategoryLength; place < key.size(); ++place) {
      std::string text(key);
      text.insert(place, count, 'X');
      texts.push_back(std::move(text));
    }
  }
  return texts;
}

}  // namespace

void CodeValidator::FindBillable(absl::Span<const absl::string_view> texts,
                                 absl::Span<NodeIndex> found) const {
  std::array<uint64_t, kTextsAtATime> keys;
  for (size_t begin = 0; begin < texts.size(); begin += keys.size()) {
    const size_t count = std::min(keys.size(), texts.size() - begin);
    for (size_t i = 0; i < count; ++i) {
      keys[i] = ReadPlainCode(texts[begin + i]);
      image_.FetchKey(keys[i]);
    }
    for (size_t i = 0; i < count; ++i) {
      if (const std::optional<NodeIndex> node = image_.GuessPacked(keys[i])) {
        image_.FetchPlace(*node);
      }
    }
    for (size_t i = 0; i < count; ++i) {
      std::optional<NodeIndex> node;
      if (keys[i] != 0) node = image_.FindPacked(keys[i]);
      found[begin + i] = node.has_value() && image_.node(*node).billable ? *node : kNoNode;
    }
  }
}

absl::StatusOr<v1::CodeValidation> CodeValidator::Validate(absl::string_view text) {
  v1::CodeValidation told;
  CodeText read = ReadCodeText(text);
  if (read.key.empty()) {
    TellMalformed(read, told);
    return told;
  }
  told.set_id(model::DottedCode(read.key));
  if (const std::optional<NodeIndex> node = image_.Find(read.key)) {
    RETURN_IF_ERROR(TellConcept(*node, told));
    return told;
  }
  ASSIGN_OR_RETURN(const bool lives, TellLife(read.key, told));
  if (lives) {
    told.set_outcome(told.valid_until().empty() ? v1::VALIDATION_OUTCOME_NOT_YET_VALID
                                                : v1::VALIDATION_OUTCOME_NO_LONGER_VALID);
  } else if (!read.doubtful.empty() && !validity_->IsCode(read.key)) {
    read.faults = read.doubtful;
    told.clear_id();
    TellMalformed(read, told);
  } else if (!TellStem(read.key, told)) {
    told.set_outcome(v1::VALIDATION_OUTCOME_UNKNOWN);
    TellNearest(read.key, told);
  }
  return told;
}

absl::Status CodeValidator::TellConcept(NodeIndex index, v1::CodeValidation& told) {
  const image::Node& node = image_.node(index);
  told.set_title(std::string(image::TitleOf(image_, index)));
  if (node.billable) {
    told.set_outcome(v1::VALIDATION_OUTCOME_BILLABLE);
    return absl::OkStatus();
  }
  told.set_outcome(v1::VALIDATION_OUTCOME_HEADER);
  int count = 0;
  for (NodeIndex i = index + 1; i < node.end; ++i) {
    if (!image_.node(i).billable) continue;
    if (++count <= kMaxChoices) SetChoice(image_, i, told.add_choices());
  }
  told.set_choice_count(count);
  TellSeventhCharacters(CompletingCharacters(image_, node.key), told);
  // Of a header, what it was once says why data coded with it is refused now; replacements are
  // told as of any other code.
  ASSIGN_OR_RETURN(const bool lives, TellLife(node.key, told));
  if (lives) {
    told.clear_suggested_id();
    if (told.valid_until().empty()) {
      // That it will be billable is of no use to who must code today.
      told.clear_valid_from();
      told.clear_valid_from_release_id();
      told.clear_validity_not_exact();
    }
  }
  if (count == 1) told.set_suggested_id(told.choices(0).id());
  return absl::OkStatus();
}

absl::StatusOr<bool> CodeValidator::TellLife(absl::string_view key, v1::CodeValidation& told) {
  if (validity_ == nullptr) {
    ASSIGN_OR_RETURN(validity_, others_.validity());
  }
  const Validity::Life life = validity_->Of(key, order_);
  if (life.before.has_value()) {
    told.set_valid_until(model::FormatDate(life.before->day));
    told.set_valid_until_release_id(life.before->image->release_id());
    told.set_validity_not_exact(!life.before->exact);
    if (others_.replacements != nullptr) {
      ASSIGN_OR_RETURN(const KnownReplacements known,
                       others_.replacements(key, *life.before->image));
      told.mutable_replacements()->Assign(known.found.begin(), known.found.end());
      told.set_replacements_incomplete(!known.complete);
      if (known.complete && known.found.size() == 1 && !known.found.front().lossy()) {
        told.set_suggested_id(known.found.front().id());
      }
    }
  } else if (life.after.has_value()) {
    told.set_valid_from(model::FormatDate(life.after->day));
    told.set_valid_from_release_id(life.after->image->release_id());
    told.set_validity_not_exact(!life.after->exact);
  }
  return life.before.has_value() || life.after.has_value();
}

bool CodeValidator::TellStem(absl::string_view key, v1::CodeValidation& told) const {
  if (std::vector<v1::CompletingCharacter> completing = CompletingCharacters(image_, key);
      !completing.empty()) {
    told.set_outcome(v1::VALIDATION_OUTCOME_SEVENTH_CHARACTER_MISSING);
    if (completing.size() == 1) told.set_suggested_id(completing.front().code_id());
    TellSeventhCharacters(std::move(completing), told);
    return true;
  }
  if (key.size() == kCategoryLength) return false;
  if (const NodeIndex node = Completed(key); node != kNoNode) {
    told.set_outcome(v1::VALIDATION_OUTCOME_PLACEHOLDER_MISSING);
    told.set_suggested_id(image::IdOf(image_, node));
    return true;
  }
  if (std::vector<v1::CompletingCharacter> completing = CompletedWithin(key); !completing.empty()) {
    told.set_outcome(v1::VALIDATION_OUTCOME_SEVENTH_CHARACTER_MISSING);
    if (completing.size() == 1) told.set_suggested_id(completing.front().code_id());
    TellSeventhCharacters(std::move(completing), told);
    return true;
  }
  std::vector<v1::CompletingCharacter> others =
      CompletingCharacters(image_, key.substr(0, key.size() - 1));
  if (others.empty()) return false;
  told.set_outcome(v1::VALIDATION_OUTCOME_SEVENTH_CHARACTER_NOT_LEGAL);
  if (others.size() == 1) told.set_suggested_id(others.front().code_id());
  TellSeventhCharacters(std::move(others), told);
  return true;
}

void CodeValidator::TellSeventhCharacters(std::vector<v1::CompletingCharacter> characters,
                                          v1::CodeValidation& told) const {
  if (characters.empty()) return;
  told.set_from_codes_alone(!image_.Has(model::FacetGroup::kTabular));
  for (v1::CompletingCharacter& c : characters) {
    *told.add_seventh_characters() = std::move(c);
  }
}

NodeIndex CodeValidator::Completed(absl::string_view key) const {
  const auto billable = [this](absl::string_view code) {
    const std::optional<NodeIndex> node = image_.Find(code);
    return node.has_value() && image_.node(*node).billable ? *node : kNoNode;
  };
  if (image_.Find(key).has_value() || key.size() <= kCategoryLength) return billable(key);
  std::string padded(key.substr(0, key.size() - 1));
  padded.resize(kMaxCodeLength - 1, 'X');
  padded.push_back(key.back());
  if (const NodeIndex node = billable(padded); node != kNoNode) return node;
  std::set<NodeIndex> found;
  for (const std::string& text : WithPlaceholders(key)) {
    if (const NodeIndex node = billable(text); node != kNoNode) found.insert(node);
  }
  return found.size() == 1 ? *found.begin() : kNoNode;
}

std::vector<v1::CompletingCharacter> CodeValidator::CompletedWithin(absl::string_view key) const {
  std::vector<v1::CompletingCharacter> found;
  for (const std::string& text : WithPlaceholders(key)) {
    std::vector<v1::CompletingCharacter> completing = CompletingCharacters(image_, text);
    if (completing.empty()) continue;
    if (!found.empty() && found.front().code_id() != completing.front().code_id()) return {};
    found = std::move(completing);
  }
  return found;
}

void CodeValidator::TellMalformed(const CodeText& text, v1::CodeValidation& told) const {
  told.set_outcome(v1::VALIDATION_OUTCOME_MALFORMED);
  told.mutable_faults()->Assign(text.faults.begin(), text.faults.end());
  std::set<NodeIndex> repairs;
  for (const std::string& reading : text.readings) {
    if (const NodeIndex node = Completed(reading); node != kNoNode) repairs.insert(node);
  }
  if (repairs.size() == 1) told.set_suggested_id(image::IdOf(image_, *repairs.begin()));
  if (!text.readings.empty()) TellNearest(text.readings.front(), told);
}

void CodeValidator::TellNearest(absl::string_view key, v1::CodeValidation& told) const {
  for (const NodeIndex node : NearestCodes(image_, key)) {
    SetChoice(image_, node, told.add_nearest());
  }
}

}  // namespace codeset::query

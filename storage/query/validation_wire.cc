#include "storage/query/validation_wire.h"

#include "codeset/v1/validation.pb.h"
#include "storage/query/wire_writer.h"

namespace codeset::query {

using v1::CodeValidation;

void WarmResults(const image::Image& image, absl::Span<const image::NodeIndex> nodes) {
  for (const image::NodeIndex node : nodes) {
    if (node != image::kNoNode) image.FetchContent(node);
  }
  for (const image::NodeIndex node : nodes) {
    if (node != image::kNoNode) image.FetchText(node);
  }
}

void AppendBillableResult(int field, const image::Image& image, image::NodeIndex node, int64_t row,
                          absl::string_view text, int32_t release_index, std::string& bytes) {
  const model::OrderRowView* const row_of_code = image.node(node).row;
  if (row_of_code == nullptr) return;  // No code at all, which FindBillable never gives.
  const model::OrderRowView& code = *row_of_code;
  Id id;
  Spell(code.code, /*is_code=*/true, id);
  const auto place = static_cast<uint64_t>(row);
  const auto release = static_cast<uint32_t>(release_index);
  size_t size = BytesSize(CodeValidation::kIdFieldNumber, id.size) +
                NumberSize(CodeValidation::kOutcomeFieldNumber, v1::VALIDATION_OUTCOME_BILLABLE);
  const uint32_t row_tag = TagOf(CodeValidation::kRowFieldNumber, WireFormatLite::WIRETYPE_VARINT);
  if (place > 0) {
    size += CodedOutputStream::VarintSize32(row_tag) + CodedOutputStream::VarintSize64(place);
  }
  if (!text.empty()) size += BytesSize(CodeValidation::kTextFieldNumber, text.size());
  if (release > 0) size += NumberSize(CodeValidation::kReleaseIndexFieldNumber, release);
  const absl::string_view title = code.long_title;
  if (!title.empty()) size += BytesSize(CodeValidation::kTitleFieldNumber, title.size());

  uint8_t* out = WriteLength(field, size, Extend(bytes, BytesSize(field, size)));
  if (place > 0) {
    out = CodedOutputStream::WriteVarint32ToArray(row_tag, out);
    out = CodedOutputStream::WriteVarint64ToArray(place, out);
  }
  if (!text.empty()) out = WriteText(CodeValidation::kTextFieldNumber, text, out);
  out = WriteText(CodeValidation::kIdFieldNumber, id.view(), out);
  out = WriteNumber(CodeValidation::kOutcomeFieldNumber, v1::VALIDATION_OUTCOME_BILLABLE, out);
  if (release > 0) out = WriteNumber(CodeValidation::kReleaseIndexFieldNumber, release, out);
  if (!title.empty()) WriteText(CodeValidation::kTitleFieldNumber, title, out);
}

}  // namespace codeset::query

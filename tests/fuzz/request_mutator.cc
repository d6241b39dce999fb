// Changes calls as messages, not as text: a field at a time, with values that requests have. Linked
// into the targets of requests where libFuzzer is; it calls LLVMFuzzerCustomMutator.
#include <google/protobuf/descriptor.h>
#include <google/protobuf/message.h>

#include <algorithm>
#include <cstdint>
#include <cstring>
#include <iterator>
#include <limits>
#include <random>
#include <string>
#include <utility>
#include <vector>

#include "tests/fuzz/fuzz.h"
#include "tests/fuzz/request_target.h"
#include "tests/fuzz/request_text.h"

extern "C" size_t LLVMFuzzerMutate(uint8_t* data, size_t size, size_t max_size);

namespace codeset::fuzz {
namespace {

using google::protobuf::EnumDescriptor;
using google::protobuf::FieldDescriptor;
using google::protobuf::Message;
using google::protobuf::Reflection;
using Random = std::minstd_rand;

// Words that mean something somewhere in the data of request_target.h.
constexpr const char* kWords[] = {"2025",
                                  "2026",
                                  "2027",
                                  "2026-04",
                                  "2026.1",
                                  "2028",
                                  "current",
                                  "next",
                                  "prod",
                                  "trial",
                                  "2024-10-01",
                                  "2025-09-30",
                                  "2025-10-01",
                                  "2026-04-01",
                                  "2026-05-08",
                                  "2026-11-23",
                                  "2015-09-30",
                                  "never",
                                  "A00",
                                  "A00.0",
                                  "C75.0",
                                  "C7A",
                                  "E11.9",
                                  "G35",
                                  "G35.A",
                                  "G35.B0",
                                  "H54.8",
                                  "I10",
                                  "K31.B",
                                  "K6A",
                                  "L02.222",
                                  "M99",
                                  "M99.8",
                                  "M99.86",
                                  "M99.89",
                                  "QA0",
                                  "S06.2X7A",
                                  "S06.2X7",
                                  "S06.Ox1A",
                                  "S30.1XXA",
                                  "S30.11XA",
                                  "T25.011A",
                                  "T36.0X1A",
                                  "t36.0x1",
                                  "1",
                                  "13",
                                  "A00-B99",
                                  "A00-A09",
                                  "T20-T25",
                                  "T20-T32",
                                  "M99-M99",
                                  "E11.-",
                                  "M99.-",
                                  "summary",
                                  "documentation_tips",
                                  "tip-1",
                                  "icd10cm-tabular",
                                  "Robin",
                                  "v1",
                                  "@backup",
                                  "RELEASE",
                                  "ORDER_ROW_NOT_IN_TABULAR"};

int Below(Random& random, size_t limit) {
  return static_cast<int>(random() % std::max<size_t>(limit, 1));
}

std::string Mutated(std::string text, Random& random) {
  constexpr size_t kRoom = 32;
  switch (Below(random, 4)) {
    case 0: {
      const size_t size = text.size();
      text.resize(size + kRoom);
      text.resize(LLVMFuzzerMutate(reinterpret_cast<uint8_t*>(text.data()), size, text.size()));
      return text;
    }
    case 1:
      return "";
    default:
      return kWords[random() % std::size(kWords)];
  }
}

int64_t Number(Random& random) {
  constexpr int64_t kNumbers[] = {0, 1, 2, -1, 7, 100, 1000, 10000, 100001, 1 << 20, 1LL << 40};
  switch (Below(random, 4)) {
    case 0:
      return std::numeric_limits<int64_t>::min() + Below(random, 2);
    case 1:
      return std::numeric_limits<int64_t>::max();
    default:
      return kNumbers[random() % std::size(kNumbers)];
  }
}

// Mostly a value that the enum has.
int EnumValue(const EnumDescriptor& type, Random& random) {
  const int place = Below(random, static_cast<size_t>(type.value_count()) + 1);
  return place < type.value_count() ? type.value(place)->number() : 99;
}

// Sets a field, or a new item of a repeated one.
void Set(Message& message, const FieldDescriptor& field, Random& random) {
  const Reflection& of = *message.GetReflection();
  const bool add = field.is_repeated();
  const auto put = [&](auto set, auto append, auto value) {
    add ? (of.*append)(&message, &field, value) : (of.*set)(&message, &field, value);
  };
  switch (field.cpp_type()) {
    case FieldDescriptor::CPPTYPE_BOOL:
      return put(&Reflection::SetBool, &Reflection::AddBool, Below(random, 2) == 1);
    case FieldDescriptor::CPPTYPE_INT32:
      return put(&Reflection::SetInt32, &Reflection::AddInt32,
                 static_cast<int32_t>(Number(random)));
    case FieldDescriptor::CPPTYPE_UINT32:
      return put(&Reflection::SetUInt32, &Reflection::AddUInt32,
                 static_cast<uint32_t>(Number(random)));
    case FieldDescriptor::CPPTYPE_INT64:
      return put(&Reflection::SetInt64, &Reflection::AddInt64, Number(random));
    case FieldDescriptor::CPPTYPE_UINT64:
      return put(&Reflection::SetUInt64, &Reflection::AddUInt64,
                 static_cast<uint64_t>(Number(random)));
    case FieldDescriptor::CPPTYPE_FLOAT:
      return put(&Reflection::SetFloat, &Reflection::AddFloat, static_cast<float>(Number(random)));
    case FieldDescriptor::CPPTYPE_DOUBLE:
      return put(&Reflection::SetDouble, &Reflection::AddDouble,
                 static_cast<double>(Number(random)));
    case FieldDescriptor::CPPTYPE_ENUM:
      return put(&Reflection::SetEnumValue, &Reflection::AddEnumValue,
                 EnumValue(*field.enum_type(), random));
    case FieldDescriptor::CPPTYPE_STRING: {
      std::string text = Mutated(add ? "" : of.GetString(message, &field), random);
      add ? of.AddString(&message, &field, std::move(text))
          : of.SetString(&message, &field, std::move(text));
      return;
    }
    case FieldDescriptor::CPPTYPE_MESSAGE:
      add ? of.AddMessage(&message, &field) : of.MutableMessage(&message, &field);
      return;
  }
}

// Changes an item of a repeated field.
void ChangeItem(Message& message, const FieldDescriptor& field, Random& random) {
  const Reflection& of = *message.GetReflection();
  const int size = of.FieldSize(message, &field);
  const int at = Below(random, static_cast<size_t>(size));
  if (field.cpp_type() == FieldDescriptor::CPPTYPE_STRING) {
    of.SetRepeatedString(&message, &field, at,
                         Mutated(of.GetRepeatedString(message, &field, at), random));
    return;
  }
  of.SwapElements(&message, &field, at, size - 1);
  if (Below(random, 2) == 0) of.RemoveLast(&message, &field);
}

// Every message within one, itself first.
void Gather(Message& message, std::vector<Message*>& all) {
  all.push_back(&message);
  const Reflection& of = *message.GetReflection();
  std::vector<const FieldDescriptor*> fields;
  of.ListFields(message, &fields);
  for (const FieldDescriptor* field : fields) {
    if (field->cpp_type() != FieldDescriptor::CPPTYPE_MESSAGE || field->is_map()) continue;
    if (!field->is_repeated()) {
      Gather(*of.MutableMessage(&message, field), all);
      continue;
    }
    for (int i = 0; i < of.FieldSize(message, field); ++i) {
      Gather(*of.MutableRepeatedMessage(&message, field, i), all);
    }
  }
}

void MutateMessage(Message& message, Random& random) {
  std::vector<Message*> all;
  Gather(message, all);
  Message& one = *all[static_cast<size_t>(Below(random, all.size()))];
  const auto& type = *one.GetDescriptor();
  if (type.field_count() == 0) return;
  const FieldDescriptor& field =
      *type.field(Below(random, static_cast<size_t>(type.field_count())));
  if (field.is_map()) return;
  const Reflection& of = *one.GetReflection();
  if (Below(random, 6) == 0) {
    of.ClearField(&one, &field);
  } else if (field.is_repeated() && of.FieldSize(one, &field) > 0 && Below(random, 2) == 0) {
    ChangeItem(one, field, random);
  } else {
    Set(one, field, random);
  }
}

Call NewCall(const google::protobuf::ServiceDescriptor& service, Random& random) {
  Call call{service.method(Below(random, static_cast<size_t>(service.method_count()))), {}};
  call.messages.push_back(NewMessage(call.method->input_type()));
  for (int i = Below(random, 8); i >= 0; --i) MutateMessage(*call.messages.front(), random);
  return call;
}

void MutateCalls(const google::protobuf::ServiceDescriptor& service, std::vector<Call>& calls,
                 Random& random) {
  constexpr size_t kMaxCalls = 8;
  if (calls.empty() || (calls.size() < kMaxCalls && Below(random, 10) == 0)) {
    calls.insert(calls.begin() + Below(random, calls.size() + 1), NewCall(service, random));
    return;
  }
  const auto at = calls.begin() + Below(random, calls.size());
  if (calls.size() > 1 && Below(random, 10) == 0) {
    calls.erase(at);
    return;
  }
  if (at->method->client_streaming() && Below(random, 5) == 0) {
    at->messages.push_back(NewMessage(at->method->input_type()));
    if (Below(random, 2) == 0) at->messages.back()->CopyFrom(*at->messages.front());
  }
  Message& message = *at->messages[static_cast<size_t>(Below(random, at->messages.size()))];
  for (int i = Below(random, 4); i >= 0; --i) MutateMessage(message, random);
}

}  // namespace

// Loads what the target answers from, which takes longer than an input may.
extern "C" int LLVMFuzzerInitialize(int* /*argc*/, char*** /*argv*/) {
  TheTarget();
  return 0;
}

extern "C" size_t LLVMFuzzerCustomMutator(uint8_t* data, size_t size, size_t max_size,
                                          unsigned int seed) {
  Random random(seed);
  std::vector<Call> calls = ReadCalls(TheTarget().descriptor(), TextOf(data, size));
  MutateCalls(TheTarget().descriptor(), calls, random);
  const std::string text = WriteCalls(calls);
  if (text.size() > max_size) return LLVMFuzzerMutate(data, size, max_size);
  std::memcpy(data, text.data(), text.size());
  return text.size();
}

extern "C" size_t LLVMFuzzerCustomCrossOver(const uint8_t* data1, size_t size1,
                                            const uint8_t* data2, size_t size2, uint8_t* out,
                                            size_t max_size, unsigned int seed) {
  Random random(seed);
  const auto& service = TheTarget().descriptor();
  std::vector<Call> calls = ReadCalls(service, TextOf(data1, size1));
  for (Call& call : ReadCalls(service, TextOf(data2, size2))) {
    if (Below(random, 2) == 0) calls.push_back(std::move(call));
  }
  const std::string text = WriteCalls(calls);
  if (text.size() > max_size) return 0;
  std::memcpy(out, text.data(), text.size());
  return text.size();
}

}  // namespace codeset::fuzz

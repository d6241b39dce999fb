#include "tests/benchmark/redis_transport.h"

#include <fcntl.h>
#include <hiredis/hiredis.h>
#include <unistd.h>

#include <cerrno>
#include <cstring>
#include <memory>
#include <utility>

#include "absl/strings/str_cat.h"
#include "storage/model/status_macros.h"
#include "tests/benchmark/answer_reader.h"
#include "tests/benchmark/grpc_requests.h"

namespace codeset::bench {
namespace {

absl::Status Failed(absl::string_view what) {
  return absl::UnavailableError(absl::StrCat("Redis: ", what));
}

std::string Command(const std::vector<std::string>& words) {
  std::string text = absl::StrCat("*", words.size(), "\r\n");
  for (const std::string& word : words) {
    absl::StrAppend(&text, "$", word.size(), "\r\n", word, "\r\n");
  }
  return text;
}

}  // namespace

absl::StatusOr<std::unique_ptr<RedisConnections>> RedisConnections::Open(
    const std::string& address, const std::vector<v1::Concept>& concepts) {
  ASSIGN_OR_RETURN(const auto place, SplitAddress(address));
  std::unique_ptr<RedisConnections> opened(new RedisConnections(place.first, place.second));
  RETURN_IF_ERROR(opened->Fill(concepts));
  return opened;
}

RedisConnections::~RedisConnections() {
  for (const Connection& connection : connections_) {
    redisReaderFree(connection.reader);
    redisFree(connection.context);
  }
}

absl::Status RedisConnections::Fill(const std::vector<v1::Concept>& concepts) {
  const std::unique_ptr<redisContext, void (*)(redisContext*)> context(
      redisConnect(host_.c_str(), port_), redisFree);
  if (context == nullptr || context->err != 0) return Failed("no connection");
  for (const v1::Concept& value : concepts) {
    const std::string command = Command({"SET", value.id(), value.SerializeAsString()});
    redisAppendFormattedCommand(context.get(), command.data(), command.size());
  }
  for (size_t i = 0; i < concepts.size(); ++i) {
    void* reply = nullptr;
    if (redisGetReply(context.get(), &reply) != REDIS_OK) return Failed(context->errstr);
    const bool is_error = static_cast<redisReply*>(reply)->type == REDIS_REPLY_ERROR;
    freeReplyObject(reply);
    if (is_error) return Failed("a value was refused");
  }
  return absl::OkStatus();
}

absl::Status RedisConnections::Grow(int count) {
  // Values are counted and looked at, and nothing is made of them. (Any pointer but null says
  // that all is well.)
  static redisReplyObjectFunctions functions = {
      .createString = [](const redisReadTask* task, char* data, size_t size) -> void* {
        auto* reply = static_cast<Reply*>(task->privdata);
        if (task->type == REDIS_REPLY_ERROR) {
          reply->error.assign(data, size);
        } else {
          const size_t sum = SumOfBytes(data, size);
          asm volatile("" : : "r"(sum));
          reply->bytes += size;
          ++reply->found;
        }
        return reply;
      },
      .createArray = [](const redisReadTask* task, int) -> void* { return task->privdata; },
      .createInteger = [](const redisReadTask* task, long long) -> void* {  // NOLINT: its type.
        return task->privdata;
      },
      .createNil = [](const redisReadTask* task) -> void* {
        ++static_cast<Reply*>(task->privdata)->missing;
        return task->privdata;
      },
      .freeObject = [](void*) {},
  };
  while (static_cast<int>(connections_.size()) < count) {
    const int number = static_cast<int>(connections_.size());
    Connection& connection = connections_.emplace_back();
    connection.reply = std::make_unique<Reply>();
    connection.reader = redisReaderCreateWithFunctions(&functions);
    // Keeps its buffer between replies of hundreds of kilobytes.
    connection.reader->maxbuf = 0;
    connection.reader->privdata = connection.reply.get();
    connection.context = redisConnect(host_.c_str(), port_);
    if (connection.context == nullptr || connection.context->err != 0) {
      return Failed("no connection");
    }
    const int socket = connection.context->fd;
    if (::fcntl(socket, F_SETFL, ::fcntl(socket, F_GETFL) | O_NONBLOCK) != 0) {
      return Failed("a connection cannot be set not to block");
    }
    RETURN_IF_ERROR(sockets_.Add(socket, number));
  }
  return absl::OkStatus();
}

absl::StatusOr<std::unique_ptr<RedisTransport>> RedisTransport::Make(RedisConnections& connections,
                                                                     const MeasureSpec& spec,
                                                                     const KnownCodes& known,
                                                                     int slots) {
  if ((spec.call != "get" && spec.call != "batch") || spec.decode) {
    return absl::InvalidArgumentError("of Redis, get and batch can be measured, read=bytes");
  }
  RETURN_IF_ERROR(connections.Grow(slots));
  std::unique_ptr<RedisTransport> made(new RedisTransport(connections, slots));
  CodeSource codes(known, spec.billable_only, spec.unknown_percent, spec.seed);
  const int each = spec.call == "get" ? 1 : spec.size;
  for (int i = 0; i < PreparedRequests(each); ++i) {
    std::vector<std::string> words = {spec.call == "get" ? "GET" : "MGET"};
    words.reserve(1 + each);
    for (int j = 0; j < each; ++j) words.push_back(codes.Next());
    made->commands_.push_back(Command(words));
  }
  return made;
}

absl::Status RedisTransport::Start(int slot, size_t request) {
  RedisConnections::Connection& connection = connections_.connections_[slot];
  *connection.reply = {};
  return SendAll(connection.context->fd, commands_[request]);
}

absl::StatusOr<bool> RedisTransport::ReadSome(RedisConnections::Connection& connection) {
  const ssize_t size = ::read(connection.context->fd, buffer_.data(), buffer_.size());
  if (size < 0 && (errno == EAGAIN || errno == EINTR)) return false;
  if (size <= 0) return Failed("the connection broke off");
  void* whole = nullptr;
  if (redisReaderFeed(connection.reader, buffer_.data(), static_cast<size_t>(size)) != REDIS_OK ||
      redisReaderGetReply(connection.reader, &whole) != REDIS_OK) {
    return Failed(connection.reader->errstr);
  }
  if (!connection.reply->error.empty()) return Failed(connection.reply->error);
  return whole != nullptr;
}

absl::StatusOr<absl::Span<const Completion>> RedisTransport::Wait(Clock::time_point deadline) {
  done_.clear();
  ASSIGN_OR_RETURN(const absl::Span<const int> readable, connections_.sockets_.Wait(deadline));
  for (const int slot : readable) {
    RedisConnections::Connection& connection = connections_.connections_[slot];
    ASSIGN_OR_RETURN(const bool whole, ReadSome(connection));
    if (!whole) continue;
    const RedisConnections::Reply& reply = *connection.reply;
    done_.push_back({slot, reply.found, reply.missing, reply.bytes});
  }
  return absl::MakeConstSpan(done_);
}

}  // namespace codeset::bench

#include "examples/postgres_pool/connection.h"

namespace postgres_pool {
namespace {

struct Clear {
  void operator()(PGresult* result) const { PQclear(result); }
};

}  // namespace

Connection::Connection(const std::string& conninfo)
    : handle_(PQconnectdb(conninfo.c_str())) {
  if (!IsUsable()) throw DatabaseError(PQerrorMessage(handle_.get()));
}

Rows Connection::Execute(const std::string& statement,
                         const std::vector<std::string>& arguments) {
  std::vector<const char*> values;
  for (const std::string& argument : arguments) {
    values.push_back(argument.c_str());
  }
  const std::unique_ptr<PGresult, Clear> result(PQexecParams(
      handle_.get(), statement.c_str(), static_cast<int>(values.size()),
      nullptr, values.data(), nullptr, nullptr, 0));
  const ExecStatusType status = PQresultStatus(result.get());
  if (status != PGRES_COMMAND_OK && status != PGRES_TUPLES_OK) {
    throw DatabaseError(PQerrorMessage(handle_.get()));
  }
  Rows rows(PQntuples(result.get()));
  for (size_t row = 0; row < rows.size(); ++row) {
    for (int column = 0; column < PQnfields(result.get()); ++column) {
      rows[row].push_back(
          PQgetvalue(result.get(), static_cast<int>(row), column));
    }
  }
  return rows;
}

}  // namespace postgres_pool

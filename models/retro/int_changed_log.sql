{{ decided_log(rows_of_changed()) }}

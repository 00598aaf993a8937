namespace Openlayer.Interception.Tests.FSharp

open System.Collections.Generic
open System.Threading.Tasks

type ICalculator =
    abstract Add: int * int -> int
    abstract Login: string * string -> unit
    abstract AddAsync: int * int -> Async<int>
    abstract AddTask: int * int -> Task<int>
    abstract Find: int -> Person option
    abstract Numbers: int -> seq<int>
    abstract Doubled: int -> seq<int>
    abstract NumbersAsync: int -> IAsyncEnumerable<int>

type Calculator() =
    interface ICalculator with
        member _.Add(left, right) = left + right
        member _.Login(user, password) = ignore (user + password)
        member _.AddAsync(left, right) = async { return left + right }
        member _.AddTask(left, right) = task { return left + right }
        member _.Find(age) = if age = 36 then Some Values.person else None

        member _.Numbers(count) =
            seq {
                for number in 1..count do
                    yield number
            }

        member _.Doubled(count) =
            seq { 1..count } |> Seq.map (fun number -> number * 2)

        member _.NumbersAsync(count) =
            let numbers = List<int>(seq { 1..count })

            { new IAsyncEnumerable<int> with
                member _.GetAsyncEnumerator(_) =
                    let mutable index = -1

                    { new IAsyncEnumerator<int> with
                        member _.Current = numbers[index]

                        member _.MoveNextAsync() =
                            index <- index + 1
                            ValueTask<bool>(index < numbers.Count)

                        member _.DisposeAsync() = ValueTask() } }

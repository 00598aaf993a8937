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

type IOrders =
    abstract Curried: left: int -> right: int -> int
    abstract Find: name: string * ?limit: int -> string list
    abstract Count: unit -> ValueTask<int>
    abstract Save: order: Account -> Task<Result<int, string>>
    abstract Apply: change: (int -> int) * value: int -> int
    abstract Weigh: weight: float<metre> -> float<metre>
    abstract Swap: struct (int * string) -> struct (string * int)
    abstract Touch: unit -> Task<unit>
    abstract Refuse: code: int -> Task<int>
    abstract Stream: count: int -> IAsyncEnumerable<Shape>
    abstract Filter: predicate: (Shape -> bool) * shapes: Shape list -> seq<Shape>
    abstract TryGet: key: string -> string voption
    abstract Level: Level with get, set

type Orders() =
    interface IOrders with
        member _.Curried left right = left - right
        member _.Find(name, limit) = List.replicate (defaultArg limit 1) name
        member _.Count() = ValueTask<int>(3)
        member _.Save(order) = task { return if order.User = "ada" then Ok 1 else Error "unknown" }
        member _.Apply(change, value) = change value
        member _.Weigh(weight) = weight * 2.0
        member _.Swap(struct (number, text)) = struct (text, number)
        member _.Touch() = task { do! Task.Yield() }

        member _.Refuse(code) =
            task { return raise (Declined({ User = "ada"; Password = Some "hunter2" }, code)) }

        member _.Stream(count) =
            let shapes = seq { for number in 1..count -> Circle(float number) }

            { new IAsyncEnumerable<Shape> with
                member _.GetAsyncEnumerator(_) =
                    let shapes = shapes.GetEnumerator()

                    { new IAsyncEnumerator<Shape> with
                        member _.Current = shapes.Current
                        member _.MoveNextAsync() = ValueTask<bool>(shapes.MoveNext())
                        member _.DisposeAsync() = ValueTask() } }

        member _.Filter(predicate, shapes) = shapes |> Seq.filter predicate
        member _.TryGet(key) = if key = "a" then ValueSome "b" else ValueNone
        member val Level = Low with get, set
